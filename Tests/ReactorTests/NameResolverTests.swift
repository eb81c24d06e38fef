import CLinux
import Dispatch
import Glibc
import TestSupport
import Testing

@testable import Reactor

/// Names to addresses. No test asks the network.
struct NameResolverTests {
  /// Used on its loop only; lives as long as that.
  private final class Box: @unchecked Sendable {
    var resolver: NameResolver

    init(_ resolver: NameResolver) { self.resolver = resolver }
  }

  private func make(_ lookUp: @escaping NameResolver.LookUp) throws -> (TestLoop, Box) {
    let test = try TestLoop()
    let box = test.run { loop in
      let box = Box(NameResolver(loop: loop, lookUp: lookUp))
      loop.resident = box
      return box
    }
    return (test, box)
  }

  private static func addresses(_ ports: some Sequence<UInt16>) -> [SocketAddress] {
    ports.compactMap { try? Syscalls.resolve(host: "127.0.0.1", port: $0, isNumeric: true).get().first }
  }

  @Test(arguments: [("127.0.0.1", AF_INET), ("::1", AF_INET6), ("2001:db8::1", AF_INET6)])
  func `numeric addresses are known without asking anybody`(host: String, family: Int32) throws {
    let (test, box) = try make { _, _ in .failure(ResolverFailure(message: "asked")) }
    let known = try #require(test.run { _ in box.resolver.known(host, 80) })
    #expect(known.count == 1 && Int32(known[0].storage.ss_family) == family)
  }

  @Test(arguments: ["localhost", "upstream.test", "[::1]", "1.2.3", "", "256.1.1.1", "::1%"])
  func `a name is not known before it was asked for`(host: String) throws {
    let (test, box) = try make { _, _ in .success([]) }
    // The resolver's own numbers-and-dots notation makes an address of fewer parts.
    #expect(test.run { _ in box.resolver.known(host, 80) == nil } == (host != "1.2.3"))
  }

  @Test func `an answer comes on the loop, after the question, and is kept`() throws {
    let questions = Journal<String>()
    let answers = Journal<Int>()
    let (test, box) = try make { host, port in
      questions.append("\(host):\(port)")
      return .success(Self.addresses([port]))
    }
    let early = test.run { loop in
      box.resolver.resolve("upstream.test", 80) { answer in
        loop.assertOnLoop()
        answers.append((try? answer.get().count) ?? -1)
      }
      return answers.all.count
    }
    #expect(early == 0)
    answers.wait { $0 == [1] }
    #expect(test.run { _ in box.resolver.known("upstream.test", 80)?.count } == 1)
    // Addresses carry their port, so another port is another question.
    #expect(test.run { _ in box.resolver.known("upstream.test", 81) == nil })
    #expect(questions.all == ["upstream.test:80"])
  }

  @Test func `who asks while an answer is on its way shares it`() throws {
    let released = DispatchSemaphore(value: 0)
    let (questions, answers) = (Journal<String>(), Journal<Int>())
    let (test, box) = try make { host, _ in
      questions.append(host)
      released.wait()
      return .success(Self.addresses([80]))
    }
    test.run { _ in
      for number in 1...3 { box.resolver.resolve("a.test", 80) { _ in answers.append(number) } }
    }
    released.signal()
    answers.wait { $0 == [1, 2, 3] }
    #expect(questions.all == ["a.test"])
  }

  @Test func `one slow name does not hold up another`() throws {
    let released = DispatchSemaphore(value: 0)
    let answers = Journal<String>()
    let (test, box) = try make { host, _ in
      if host == "slow.test" { released.wait() }
      return .success(Self.addresses([80]))
    }
    test.run { _ in
      for host in ["slow.test", "quick.test"] { box.resolver.resolve(host, 80) { _ in answers.append(host) } }
    }
    answers.wait { $0 == ["quick.test"] }
    released.signal()
    answers.wait { $0 == ["quick.test", "slow.test"] }
  }

  @Test func `nothing is kept of a failure, and the next question is asked`() throws {
    let (questions, answers) = (Journal<String>(), Journal<String>())
    let (test, box) = try make { host, _ in
      questions.append(host)
      return .failure(ResolverFailure(message: "no such name"))
    }
    for round in 1...2 {
      test.run { _ in
        box.resolver.resolve("a.test", 80) { answer in
          if case .failure(let failure) = answer { answers.append(failure.message) }
        }
      }
      answers.wait { $0.count == round }
    }
    #expect(answers.all == ["no such name", "no such name"] && questions.all.count == 2)
    #expect(test.run { _ in box.resolver.known("a.test", 80) == nil })
  }

  @Test func `a question may be asked from inside an answer`() throws {
    let answers = Journal<String>()
    let (test, box) = try make { _, _ in .failure(ResolverFailure(message: "no")) }
    test.run { _ in
      box.resolver.resolve("a.test", 80) { _ in
        answers.append("first")
        box.resolver.resolve("a.test", 80) { _ in answers.append("second") }
      }
    }
    answers.wait { $0 == ["first", "second"] }
  }

  @Test func `of many addresses the first few are used`() throws {
    let answers = Journal<Int>()
    let (test, box) = try make { _, _ in .success(Self.addresses(1...20)) }
    test.run { _ in box.resolver.resolve("a.test", 80) { answers.append((try? $0.get().count) ?? -1) } }
    answers.wait { $0 == [NameResolver.addressesMax] }
    #expect(test.run { _ in box.resolver.known("a.test", 80)?.count } == NameResolver.addressesMax)
  }

  @Test func `too many who wait for one name are refused, later and one by one`() throws {
    let released = DispatchSemaphore(value: 0)
    let (answered, refused) = (Journal<Int>(), Journal<Int>())
    let (test, box) = try make { _, _ in
      released.wait()
      return .success(Self.addresses([80]))
    }
    let early = test.run { _ in
      for number in 0..<NameResolver.waitingMax + 2 {
        box.resolver.resolve("a.test", 80) { answer in
          guard case .failure = answer else {
            if number == NameResolver.waitingMax - 1 { answered.append(number) }
            return
          }
          refused.append(number)
        }
      }
      return refused.all.count
    }
    #expect(early == 0)
    refused.wait { $0 == [NameResolver.waitingMax, NameResolver.waitingMax + 1] }
    #expect(answered.all.isEmpty)
    released.signal()
    answered.wait { $0.count == 1 }
  }
}
