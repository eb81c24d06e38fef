import Policy
import Store
import TestSupport
import Testing

struct SweepTests {
  private let clock = TestClock()

  /// Of 100 kB.
  private func large(
    _ id: String, _ status: ResponseStatus = .completed, previous: String? = nil
  ) -> StoredResponse {
    let output = #"{"id":"msg_\#(id)","text":"\#(String(repeating: "a", count: 100_000))"}"#
    return .sample(id, status, previous: previous, created: clock.now, output: output)
  }

  private func isThere(_ id: String, in store: StateStore) throws -> Bool {
    try failure { store.response(id, owner: .ann, then: $0) } == nil
  }

  @Test func `what has expired goes, what runs stays`() throws {
    let store = try StateStore(.memory(clock))
    try store.keep(.sample("resp_1"))
    try store.keep(.sample("resp_2", .inProgress))
    #expect(try ask { store.sweep(then: $0) } == 0)
    #expect(store.counters.responses == 2)
    clock.advance(90_000)
    #expect(try ask { store.sweep(then: $0) } == 1)
    #expect(store.counters.responses == 1)
    #expect(store.counters.removals == 1)
    #expect(try isThere("resp_2", in: store))
  }

  @Test func `a long sweep takes several steps`() throws {
    let store = try StateStore(.memory(clock))
    for number in 0..<Limits.storeSweepStep * 2 + 10 {
      store.insert(.sample("resp_\(number)"), input: [.sample("i")], owner: .ann) { _ in }
    }
    clock.advance(90_000)
    #expect(try ask { store.sweep(then: $0) } == Limits.storeSweepStep * 2 + 10)
    #expect(store.counters.responses == 0)
  }

  @Test func `above the size the oldest go first, without being asked`() throws {
    let store = try StateStore(.memory(clock, bytesMax: 1_000_000))
    try store.keep(large("resp_running", .inProgress))
    for number in 0..<30 { try store.keep(large("resp_\(number)")) }
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.bytes <= 1_000_000)
    #expect(store.counters.bytes > 700_000)
    #expect(try isThere("resp_running", in: store))
    #expect(try isThere("resp_29", in: store))
    #expect(try isThere("resp_23", in: store))
    #expect(try !isThere("resp_10", in: store))
    #expect(store.counters.removals >= 20)
  }

  @Test func `a chain is as old as its end`() throws {
    let store = try StateStore(.memory(clock, bytesMax: 1_000_000))
    for number in 0..<3 { try store.keep(large("resp_\(number)", previous: number == 0 ? nil : "resp_\(number - 1)")) }
    for number in 0..<5 { try store.keep(large("resp_x\(number)")) }
    try store.keep(large("resp_3", previous: "resp_2"))
    for number in 0..<3 { try store.keep(large("resp_y\(number)")) }
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.bytes <= 1_000_000)
    #expect(try !isThere("resp_x0", in: store))
    #expect(try ask { store.chain(endingWith: "resp_3", owner: .ann, then: $0) }.count == 4)
  }

  @Test func `conversations count by when they were used last`() throws {
    let store = try StateStore(.memory(clock, bytesMax: 1_000_000))
    let item = StoredItem(id: "i1", json: Array(repeating: 0x20, count: 100_000))
    for id in ["conv_1", "conv_2"] {
      let conversation = StoredConversation(id: id, created: clock.now, expires: .max - clock.now, metadata: [])
      try ask { store.createConversation(conversation, items: [item], owner: .ann, then: $0) }
    }
    clock.advance(10)
    for number in 0..<4 { try store.keep(large("resp_\(number)")) }
    clock.advance(10)
    try ask { store.addItems([item], to: "conv_1", owner: .ann, then: $0) }
    for number in 4..<8 { try store.keep(large("resp_\(number)")) }
    _ = try ask { store.sweep(then: $0) }
    #expect(try failure { store.conversation("conv_2", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.conversation("conv_1", owner: .ann, then: $0) } == nil)
  }

  @Test func `what runs cannot be removed, and is not tried for ever`() throws {
    let store = try StateStore(.memory(clock, bytesMax: 300_000))
    for number in 0..<5 { try store.keep(large("resp_\(number)", .inProgress)) }
    #expect(try ask { store.sweep(then: $0) } == 0)
    let commits = store.counters.commits
    _ = try ask { store.response("resp_0", owner: .ann, then: $0) }
    #expect(store.counters.commits <= commits + 1)
  }

  @Test func `what would have to go at once is not taken, what is taken stays`() throws {
    let store = try StateStore(.memory(clock, bytesMax: 1 << 20))
    try store.keep(large("resp_0"))
    var response = large("resp_1")
    response.object += Array(repeating: 0x20, count: 1 << 19)
    #expect(try failure { store.insert(response, input: [], owner: .ann, then: $0) } == .tooLarge)
    let item = StoredItem(id: "i", json: Array(repeating: 0x20, count: 1 << 19))
    #expect(try failure { store.insert(large("resp_1"), input: [item], owner: .ann, then: $0) } == .tooLarge)
    response.object.removeLast(response.object.count - 1 << 19)
    try store.keep(response)
    _ = try ask { store.sweep(then: $0) }
    #expect(try isThere("resp_0", in: store))
    #expect(try isThere("resp_1", in: store))
  }

  @Test func `the file shrinks`() throws {
    let folder = try TemporaryFolder()
    let store = try StateStore(.file(folder, clock))
    for number in 0..<50 { try store.keep(large("resp_\(number)")) }
    clock.advance(90_000)
    #expect(try ask { store.sweep(then: $0) } == 50)
    store.close()
    #expect((0...200_000).contains(folder.fileBytes))
  }

  @Test func `sweeping happens by itself`() throws {
    let clock = clock
    let store = try StateStore(
      StoreOptions(path: ":memory:", sweepEvery: .milliseconds(1), clock: { clock.now }))
    try store.keep(.sample("resp_1"))
    clock.advance(90_000)
    // The store's queue serves the timer between calls.
    for _ in 0..<1_000_000 where store.counters.removals == 0 {
      _ = try ask { store.items([], owner: .ann, then: $0) }
    }
    #expect(store.counters.removals == 1)
  }
}
