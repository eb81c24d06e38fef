import TestSupport
import Testing

@testable import Reactor

struct EventLoopTests {
  // MARK: - Descriptors

  @Test func `a handler is told what its descriptor is ready for`() throws {
    let test = try TestLoop()
    let pair = SocketPair()
    let seen = Journal<Readiness>()
    let id = test.run { loop in
      loop.register(
        pair.near, [.readable, .peerClosed],
        ClosureHandler { readiness in
          var byte: UInt8 = 0
          withUnsafeMutableBytes(of: &byte) { _ = Syscalls.receive(pair.near, into: $0) }
          seen.append(readiness)
        })
    }
    pair.poke()
    #expect(seen.wait { !$0.isEmpty } == [.readable])
    test.run { $0.change(id, pair.near, .writable) }
    #expect(seen.wait { $0.count > 1 }[1] == .writable)
    test.run { $0.change(id, pair.near, .peerClosed) }
    Syscalls.closeDescriptor(pair.far)
    #expect(seen.wait { $0.last?.contains(.peerClosed) ?? false }.last?.contains(.readable) == false)
    test.run { $0.deregister(id, pair.near) }
    let count = seen.all.count
    test.run { _ in }
    #expect(seen.all.count == count, "a deregistered handler is told nothing")
    Syscalls.closeDescriptor(pair.near)
  }

  @Test func `an event of the same batch is skipped when a handler has closed its descriptor`() throws {
    let test = try TestLoop()
    let pairs = [SocketPair(), SocketPair()]
    let called = Journal<Int>()
    test.run { loop in
      var ids = [SlotID.none, SlotID.none]
      for me in 0...1 {
        ids[me] = loop.register(
          pairs[me].near, .readable,
          ClosureHandler { _ in
            called.append(me)
            loop.deregister(ids[1 - me], pairs[1 - me].near)
            loop.deregister(ids[me], pairs[me].near)
          })
      }
      // Both become readable before the loop looks again, so one wait fetches both.
      pairs.forEach { $0.poke() }
    }
    called.wait { !$0.isEmpty }
    test.run { _ in }
    #expect(called.all.count == 1)
    pairs.forEach { $0.closeBoth() }
  }

  @Test func `a stale event does not reach the next tenant of its slot`() throws {
    let test = try TestLoop()
    let pairs = [SocketPair(), SocketPair(), SocketPair()]
    let called = Journal<String>()
    test.run { loop in
      var ids = [SlotID.none, SlotID.none]
      for me in 0...1 {
        ids[me] = loop.register(
          pairs[me].near, .readable,
          ClosureHandler { _ in
            called.append("first")
            loop.deregister(ids[me], pairs[me].near)
            // The slot that was freed last is the next to be taken: the one whose event waits in the batch.
            loop.deregister(ids[1 - me], pairs[1 - me].near)
            let tenant = loop.register(pairs[2].near, .readable, ClosureHandler { _ in called.append("tenant") })
            #expect(tenant.index == ids[1 - me].index && tenant != ids[1 - me])
          })
      }
      pairs[0].poke()
      pairs[1].poke()
    }
    called.wait { !$0.isEmpty }
    test.run { _ in }
    #expect(called.all == ["first"])
    pairs.forEach { $0.closeBoth() }
  }

  @Test func `changing a registration whose descriptor was closed elsewhere says so`() throws {
    let test = try TestLoop()
    let pair = SocketPair()
    let isKnown = test.run { loop in
      let id = loop.register(pair.near, .readable, ClosureHandler { _ in })
      Syscalls.closeDescriptor(pair.near)
      defer { loop.forget(id) }
      return loop.change(id, pair.near, .writable)
    }
    #expect(!isKnown)
    Syscalls.closeDescriptor(pair.far)
  }

  // MARK: - Turns

  @Test func `a turn ends once, after all of its events, and may be asked to end again`() throws {
    let test = try TestLoop()
    let pairs = [SocketPair(), SocketPair()]
    let order = Journal<String>()
    test.run { loop in
      let again = ClosureTurn { order.append("again") }
      let end = ClosureTurn {
        order.append("end")
        loop.atEndOfTurn(again)
      }
      for pair in pairs {
        var id = SlotID.none
        id = loop.register(
          pair.near, .readable,
          ClosureHandler { _ in
            if order.all.isEmpty { loop.atEndOfTurn(end) }
            order.append("event")
            loop.deregister(id, pair.near)
          })
        pair.poke()
      }
    }
    order.wait { $0.count >= 4 }
    test.run { _ in }
    #expect(order.all == ["event", "event", "end", "again"])
    pairs.forEach { $0.closeBoth() }
  }

  @Test func `the end of an event calls in the order of asking, and who asks again waits`() throws {
    let test = try TestLoop()
    let pair = SocketPair()
    let order = Journal<String>()
    test.run { loop in
      let again = ClosureTurn { order.append("again") }
      let first = ClosureTurn {
        order.append("first")
        loop.atEndOfEvent(again)
      }
      let second = ClosureTurn { order.append("second") }
      var id = SlotID.none
      id = loop.register(
        pair.near, .readable,
        ClosureHandler { _ in
          loop.atEndOfEvent(first)
          loop.atEndOfEvent(second)
          loop.deregister(id, pair.near)
        })
      pair.poke()
    }
    order.wait { $0.count >= 3 }
    #expect(order.all == ["first", "second", "again"])
    pair.closeBoth()
  }

  @Test func `the time of a turn moves on from turn to turn and not within one`() throws {
    let test = try TestLoop()
    let first = test.run { loop in [loop.now, loop.now] }
    let second = test.run { loop in loop.now }
    #expect(first[0] == first[1])
    #expect(second > first[0])
  }

  @Test func `a stopped loop handles nothing more`() throws {
    let test = try TestLoop()
    let pair = SocketPair()
    let called = Journal<Int>()
    test.run { loop in
      _ = loop.register(pair.near, .readable, ClosureHandler { _ in called.append(1) })
      loop.stop()
      pair.poke()
    }
    test.waitUntilAsleep()
    #expect(called.all.isEmpty)
    pair.closeBoth()
  }
}
