import Policy
import Store
import TestSupport
import Testing

struct ChainTests {
  private let clock = TestClock()
  private let store: StateStore

  init() throws { store = try StateStore(.memory(clock)) }

  /// Keeps `resp_1` to `resp_count`, each going on from the one before, with inputs `i1` and so on.
  private func keepChain(_ count: Int) throws {
    for number in 1...count {
      let previous = number == 1 ? nil : "resp_\(number - 1)"
      try store.keep(.sample("resp_\(number)", previous: previous), input: [.sample("i\(number)")])
    }
  }

  private func delete(_ id: String) throws { try ask { store.deleteResponse(id, owner: .ann, then: $0) } }

  @Test func `a chain is input and output of each response, oldest first`() throws {
    try keepChain(3)
    #expect(try store.chainIDs("resp_3") == ["i1", "msg_resp_1", "i2", "msg_resp_2", "i3", "msg_resp_3"])
    #expect(try store.chainIDs("resp_1") == ["i1", "msg_resp_1"])
  }

  @Test func `two chains can have one beginning`() throws {
    try keepChain(1)
    try store.keep(.sample("resp_a", previous: "resp_1"))
    try store.keep(.sample("resp_b", previous: "resp_1"))
    #expect(try store.chainIDs("resp_a") == ["i1", "msg_resp_1", "msg_resp_a"])
    #expect(try store.chainIDs("resp_b") == ["i1", "msg_resp_1", "msg_resp_b"])
  }

  @Test(arguments: [ResponseStatus.queued, .inProgress, .failed, .cancelled])
  func `what is not finished well is not continued`(status: ResponseStatus) throws {
    try store.keep(.sample("resp_1", status))
    #expect(
      try failure { store.chain(endingWith: "resp_1", owner: .ann, then: $0) } == .notContinuable(status))
  }

  @Test func `cut calls of an incomplete response are left out`() throws {
    let output = """
      {"id":"a","type":"message","status":"incomplete"},{"id":"b","type":"function_call","status":"completed"},\
      {"id":"c","type":"function_call","status":"incomplete"},\
      {"id":"d","type":"custom_tool_call","status":"in_progress"}
      """
    try store.keep(.sample("resp_1", .incomplete, output: output))
    #expect(try store.chainIDs("resp_1") == ["a", "b"])
    try store.keep(.sample("resp_2", .completed, output: output))
    #expect(try store.chainIDs("resp_2") == ["a", "b", "c", "d"])
  }

  @Test func `deleted ancestors are out of sight but not out of the chain`() throws {
    try keepChain(3)
    try delete("resp_2")
    try delete("resp_1")
    #expect(try failure { store.response("resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.chain(endingWith: "resp_2", owner: .ann, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1", "msg_resp_2"], owner: .ann, then: $0) } == [nil, nil])
    #expect(try failure { store.insert(.sample("resp_1"), input: [], owner: .ann, then: $0) } == .notFound)
    #expect(try store.chainIDs("resp_3") == ["i1", "msg_resp_1", "i2", "msg_resp_2", "i3", "msg_resp_3"])
  }

  @Test func `deleted ancestors go with the last that needs them`() throws {
    try keepChain(2)
    try store.keep(.sample("resp_a", previous: "resp_2"))
    try store.keep(.sample("resp_b", previous: "resp_2"))
    for id in ["resp_1", "resp_2", "resp_a"] { try delete(id) }
    #expect(try store.chainIDs("resp_b") == ["i1", "msg_resp_1", "i2", "msg_resp_2", "msg_resp_b"])
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.responses == 3)
    try delete("resp_b")
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.responses == 0)
  }

  @Test func `expired ancestors stay as long as they are needed`() throws {
    try keepChain(2)
    clock.advance(80_000)
    try store.keep(.sample("resp_3", previous: "resp_2", created: clock.now), input: [.sample("i3")])
    clock.advance(10_000)
    _ = try ask { store.sweep(then: $0) }
    #expect(try failure { store.response("resp_2", owner: .ann, then: $0) } == .notFound)
    #expect(try store.chainIDs("resp_3").count == 6)
    clock.advance(80_000)
    #expect(try ask { store.sweep(then: $0) } == 1)
    #expect(store.counters.responses == 0)
  }

  @Test func `a chain whose beginning is not here is broken`() throws {
    try store.keep(.sample("resp_2", previous: "resp_1"))
    #expect(try failure { store.chain(endingWith: "resp_2", owner: .ann, then: $0) } == .brokenChain)
    #expect(try failure { store.chain(endingWith: "resp_1", owner: .ann, then: $0) } == .notFound)
  }

  @Test func `another owner's response is not gone on from`() throws {
    try keepChain(1)
    try store.keep(.sample("resp_2", previous: "resp_1"), owner: .bob)
    #expect(try failure { store.chain(endingWith: "resp_2", owner: .bob, then: $0) } == .brokenChain)
  }

  @Test func `a response that names itself, or one behind it, makes no circle`() throws {
    try keepChain(2)
    try store.keep(.sample("resp_1", previous: "resp_2"))
    #expect(try failure { store.chain(endingWith: "resp_2", owner: .ann, then: $0) } == .brokenChain)
    try store.keep(.sample("resp_1", previous: "resp_1"))
    #expect(try failure { store.chain(endingWith: "resp_1", owner: .ann, then: $0) } == .brokenChain)
    try delete("resp_2")
    try delete("resp_1")
    _ = try ask { store.sweep(then: $0) }
    #expect(store.counters.responses == 0)
  }

  @Test func `a chain has at most so many responses`() throws {
    try keepChain(Limits.chainResponsesMax)
    let last = "resp_\(Limits.chainResponsesMax)"
    #expect(try store.chainIDs(last).count == 2 * Limits.chainResponsesMax)
    try store.keep(.sample("resp_x", previous: last))
    #expect(try failure { store.chain(endingWith: "resp_x", owner: .ann, then: $0) } == .chainTooLong)
  }

  @Test func `a chain has at most so many bytes`() throws {
    let half = StoredItem(id: "i", json: Array(repeating: 0x20, count: Limits.chainBytesMax / 2))
    try store.keep(.sample("resp_1", output: ""), input: [half])
    try store.keep(.sample("resp_2", previous: "resp_1", output: ""), input: [half])
    #expect(try ask { store.chain(endingWith: "resp_2", owner: .ann, then: $0) }.count == 2)
    try store.keep(.sample("resp_3", previous: "resp_2"))
    #expect(try failure { store.chain(endingWith: "resp_3", owner: .ann, then: $0) } == .chainTooLong)
  }
}
