import Dispatch
import TestSupport
import Testing
import Time

@testable import Reactor

struct EventLoopTimerTests {
  @Test func `timers fire in order, with their tags, and not before their time`() throws {
    let test = try TestLoop()
    let fired = Journal<(tag: UInt64, at: Instant)>()
    let start = test.run { loop in
      let timer = ClosureTimer { fired.append(($0, .now)) }
      for tag in [3, 1, 2] as [UInt64] {
        _ = loop.schedule(timer, tag: tag, at: loop.now + .milliseconds(10 * Int(tag)))
      }
      return loop.now
    }
    let all = fired.wait { $0.count == 3 }
    #expect(all.map(\.tag) == [1, 2, 3])
    #expect(all.allSatisfy { $0.at >= start + .milliseconds(10 * Int($0.tag)) })
  }

  @Test func `a cancelled timer does not fire, not even when it is due in the same turn`() throws {
    let test = try TestLoop()
    let fired = Journal<UInt64>()
    test.run { loop in
      var second = TimerID.none
      let timer = ClosureTimer { tag in
        fired.append(tag)
        loop.cancel(second)
      }
      let early = loop.schedule(timer, tag: 9, at: loop.now + .milliseconds(1))
      loop.cancel(early)
      _ = loop.schedule(timer, tag: 1, at: loop.now + .milliseconds(5))
      second = loop.schedule(timer, tag: 2, at: loop.now + .milliseconds(5) + .nanoseconds(1))
      _ = loop.schedule(timer, tag: 3, at: loop.now + .milliseconds(20))
    }
    #expect(fired.wait { $0.last == 3 } == [1, 3])
    #expect(test.run { $0.timerCount } == 0)
  }

  @Test func `a timer may arm another one`() throws {
    let test = try TestLoop()
    let fired = Journal<UInt64>()
    test.run { loop in
      var timer: ClosureTimer?
      timer = ClosureTimer { tag in
        fired.append(tag)
        guard tag < 3, let timer else { return }
        _ = loop.schedule(timer, tag: tag + 1, at: loop.now + .milliseconds(1))
      }
      if let timer { _ = loop.schedule(timer, tag: 1, at: loop.now) }
    }
    #expect(fired.wait { $0.count == 3 } == [1, 2, 3])
  }

  /// Goal: a loop that has left the waiting to Dispatch is woken by its timer. Method: what is queued behind a loop
  /// runs only once the loop has left, so the order of the two tells.
  @Test func `a timer wakes a loop that sleeps`() throws {
    let test = try TestLoop()
    let order = Journal<String>()
    let fired = Journal<Instant>()
    let due = test.run { loop in
      let due = loop.now + .milliseconds(5 * EventLoop.lingerMilliseconds)
      let timer = ClosureTimer { _ in
        fired.append(.now)
        order.append("fired")
      }
      _ = loop.schedule(timer, tag: 0, at: due)
      loop.queue.async { order.append("asleep") }
      return due
    }
    #expect(order.wait { $0.count == 2 } == ["asleep", "fired"])
    #expect(fired.all[0] >= due)
  }
}
