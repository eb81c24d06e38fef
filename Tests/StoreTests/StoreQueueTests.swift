import Dispatch
import Policy
@testable import Store
import Synchronization
import TestSupport
import Testing

struct StoreQueueTests {
  @Test func `calls beyond the queue's length are refused at once`() throws {
    var options = StoreOptions.memory()
    options.commandsMax = 3
    let store = try StateStore(options)
    let gate = DispatchSemaphore(value: 0)
    let outcomes = Journal<String>()
    store.submit(0, { (_: Result<Void, StoreFailure>) in outcomes.append("gate") }) { _ in gate.wait() }
    for name in ["a", "b"] {
      store.insert(.sample(name), input: [], owner: .ann) { outcomes.append("\(name) \($0 == .done)") }
    }
    store.insert(.sample("c"), input: [], owner: .ann) { outcomes.append("c \($0 == .refused)") }
    #expect(outcomes.all == ["c true"])
    #expect(store.counters.pendingCommands == 3)
    #expect(store.counters.refusals == 1)
    gate.signal()
    outcomes.wait { $0 == ["c true", "gate", "a true", "b true"] }
    try store.keep(.sample("c"))
    #expect(store.counters.pendingCommands == 0)
  }

  @Test func `calls beyond the queue's bytes are refused at once`() throws {
    var options = StoreOptions.memory()
    options.pendingBytesMax = 1000
    let store = try StateStore(options)
    let long = [StoredItem(id: "i", json: Array(repeating: 0x20, count: 1001))]
    #expect(try failure { store.insert(.sample("a"), input: long, owner: .ann, then: $0) } == .overloaded)
    #expect(try failure { store.addItems(long, to: "c", owner: .ann, then: $0) } == .overloaded)
    try store.keep(.sample("a"))
    #expect(store.counters.pendingBytes == 0)
  }

  @Test func `the end of what was begun is never refused`() throws {
    var options = StoreOptions.memory()
    options.pendingBytesMax = 1000
    let store = try StateStore(options)
    try store.keep(.sample("a", .inProgress))
    let long = Array(repeating: UInt8(0x20), count: 1001)
    #expect(
      try failure { store.update("a", status: .inProgress, object: long, owner: .ann, then: $0) } == .overloaded)
    try ask { store.update("a", status: .completed, object: long, owner: .ann, then: $0) }
    let items = [StoredItem(id: "i", json: long)]
    try ask { store.endTurn(in: "c", response: "a", adding: items, owner: .ann, then: $0) }
    #expect(store.counters.refusals == 1)
  }

  @Test func `what waits goes into one commit`() throws {
    let store = try StateStore(.memory())
    let gate = DispatchSemaphore(value: 0)
    store.submit(0, { (_: Result<Void, StoreFailure>) in }) { _ in gate.wait() }
    let outcomes = Journal<Int>()
    for number in 0..<100 {
      store.insert(.sample("resp_\(number)"), input: [], owner: .ann) { _ in outcomes.append(number) }
    }
    gate.signal()
    outcomes.wait { $0.count == 100 }
    #expect(outcomes.all == Array(0..<100))
    #expect(store.counters.commits <= 2)
  }

  @Test func `a full disk fails the calls that need room, and only those`() throws {
    let store = try StateStore(.memory())
    try store.keep(.sample("resp_0"))
    try ask { (then: @escaping Completion<Void>) in
      store.submit(0, then) { transaction throws(StoreFailure) in
        try transaction.database.run("PRAGMA max_page_count = 40")
      }
    }
    let gate = DispatchSemaphore(value: 0)
    let outcomes = Journal<String>()
    store.submit(0, { (_: Result<Void, StoreFailure>) in }) { _ in gate.wait() }
    let large = [StoredItem(id: "i", json: Array(repeating: 0x20, count: 1_000_000))]
    for number in 1...5 {
      store.insert(.sample("resp_\(number)"), input: number == 3 ? large : [], owner: .ann) {
        outcomes.append("\(number) \($0 == .done ? "kept" : $0 == .full ? "full" : "?")")
      }
    }
    // Twice, because a call may be run once more after the disk failed others.
    for _ in 0..<2 { gate.signal() }
    outcomes.wait { $0.count == 5 }
    #expect(outcomes.all == ["1 kept", "2 kept", "3 full", "4 kept", "5 kept"])
    #expect(try failure { store.response("resp_3", owner: .ann, then: $0) } == .notFound)
    for number in [0, 1, 2, 4, 5] {
      #expect(try ask { store.response("resp_\(number)", owner: .ann, then: $0) }.id == "resp_\(number)")
    }
    #expect(store.counters.faults > 0)
    #expect(store.counters.pendingCommands == 0)
    #expect(store.counters.pendingBytes == 0)
  }

  @Test func `a closed store has done what was asked before, and refuses the rest`() throws {
    let folder = try TemporaryFolder()
    let store = try StateStore(.file(folder))
    let outcomes = Journal<Bool>()
    for number in 0..<50 {
      store.insert(.sample("resp_\(number)"), input: [], owner: .ann) { outcomes.append($0 == .done) }
    }
    #expect(store.close())
    #expect(outcomes.all == Array(repeating: true, count: 50))
    #expect(try failure { store.response("resp_0", owner: .ann, then: $0) } == .closed)
    #expect(store.close())
  }

  @Test func `many threads keep and read at the same time`() throws {
    let store = try StateStore(.memory())
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      let owner = Owner(id: thread, name: "\(thread)", isAdmin: false)
      for number in 0..<50 {
        let id = "resp_\(number)"
        let response = StoredResponse.sample(id, previous: number == 0 ? nil : "resp_\(number - 1)")
        let read = DispatchSemaphore(value: 0)
        store.insert(response, input: [.sample("i\(thread)")], owner: owner) { result in
          if result != .done { wrong.add(1, ordering: .relaxed) }
        }
        store.chain(endingWith: id, owner: owner) { result in
          let items = (try? result.get()) ?? []
          if items.count != 2 * (number + 1) || itemID(items[0]) != "i\(thread)" { wrong.add(1, ordering: .relaxed) }
          read.signal()
        }
        read.wait()
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.responses == 400)
  }
}

/// How a call without a value went.
private enum Outcome { case done, refused, full }

extension Result<Void, StoreFailure> {
  fileprivate static func == (result: Self, outcome: Outcome) -> Bool {
    switch result {
    case .success: outcome == .done
    case .failure(let failure): outcome == .refused ? failure == .overloaded : outcome == .full && failure == .diskFull
    }
  }

  fileprivate static func != (result: Self, outcome: Outcome) -> Bool { !(result == outcome) }
}
