import Dispatch
import TestSupport
import Testing

@testable import Reactor

struct MailboxTests {
  @Test func `messages of many threads all arrive, those of each in order`() throws {
    let test = try TestLoop()
    let mailbox = try Mailbox<(thread: Int, number: Int)>(capacity: 4096)
    let arrived = Journal<(thread: Int, number: Int)>()
    test.run { loop in
      mailbox.attach(to: loop) {
        loop.assertOnLoop()
        arrived.append($0)
      }
    }
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for number in 0..<1000 { #expect(mailbox.post((thread, number))) }
    }
    let all = arrived.wait { $0.count == 4000 }
    for thread in 0..<4 {
      #expect(all.filter { $0.thread == thread }.map(\.number) == Array(0..<1000))
    }
  }

  @Test func `a full mailbox refuses, and takes messages again once it has been emptied`() throws {
    let test = try TestLoop()
    let mailbox = try Mailbox<Int>(capacity: 3)
    let arrived = Journal<Int>()
    // Before it is attached nobody empties it.
    #expect((1...3).map { mailbox.post($0) } == [true, true, true])
    #expect(!mailbox.post(4))
    #expect(!mailbox.post(5))
    test.run { loop in mailbox.attach(to: loop) { arrived.append($0) } }
    #expect(arrived.wait { $0.count == 3 } == [1, 2, 3])
    #expect(mailbox.post(6))
    #expect(arrived.wait { $0.count == 4 } == [1, 2, 3, 6])
  }

  @Test func `a message wakes a loop that sleeps`() throws {
    let test = try TestLoop()
    let mailbox = try Mailbox<Int>(capacity: 1)
    let arrived = Journal<Int>()
    test.run { loop in mailbox.attach(to: loop) { arrived.append($0) } }
    for number in 1...2 {
      test.waitUntilAsleep()
      #expect(mailbox.post(number))
      arrived.wait { $0.last == number }
    }
  }

  @Test func `a message left while messages are handled is handled next`() throws {
    let test = try TestLoop()
    let mailbox = try Mailbox<Int>(capacity: 1)
    let arrived = Journal<Int>()
    test.run { loop in
      mailbox.attach(to: loop) { number in
        arrived.append(number)
        if number < 5 { #expect(mailbox.post(number + 1)) }
      }
    }
    #expect(mailbox.post(1))
    #expect(arrived.wait { $0.count == 5 } == [1, 2, 3, 4, 5])
  }
}
