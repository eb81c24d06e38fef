import Policy
import Store
import TestSupport
import Testing

struct ResponseTests {
  private let clock = TestClock()
  private let store: StateStore

  init() throws { store = try StateStore(.memory(clock)) }

  @Test func `everything about a response is kept`() throws {
    let response = StoredResponse(
      id: "resp_1", created: 1_800_000_000, expires: 1_900_000_000, status: .incomplete, model: "modèle",
      upstream: "openai", isNative: true, previousID: "resp_0", conversationID: "conv_1", isBackground: true,
      isStream: true, object: Array(#"{"text":"\u0000 ünï"}"#.utf8))
    try store.keep(response)
    #expect(try ask { store.response("resp_1", owner: .ann, then: $0) } == response)
  }

  @Test func `an update replaces status and object`() throws {
    try store.keep(.sample("resp_1", .inProgress, isBackground: true), input: [.sample("i1")])
    let object = StoredResponse.object("resp_1", .completed, #"{"id":"msg_9"}"#)
    try ask { store.update("resp_1", status: .completed, object: object, owner: .ann, then: $0) }
    let found = try ask { store.response("resp_1", owner: .ann, then: $0) }
    #expect(found.status == .completed)
    #expect(found.object == object)
    #expect(try store.chainIDs("resp_1") == ["i1", "msg_9"])
  }

  @Test func `a second response of the same id replaces the first`() throws {
    try store.keep(.sample("resp_1"), input: [.sample("i1")], events: EventPiece(sequence: 0...0, bytes: [0x0A, 0x0A]))
    try store.keep(.sample("resp_1", .failed), input: [.sample("i2"), .sample("i3")])
    #expect(try ask { store.response("resp_1", owner: .ann, then: $0) }.status == .failed)
    let page = try ask { store.inputItems(of: "resp_1", PageQuery(), owner: .ann, then: $0) }
    #expect(page.items.map(\.id) == ["i3", "i2"])
    #expect(try ask { store.events(of: "resp_1", after: -1, owner: .ann, then: $0) }.bytes == [])
  }

  @Test func `a deleted response is gone, and no late update brings it back`() throws {
    try store.keep(.sample("resp_1", .inProgress), input: [.sample("i1")])
    try ask { store.deleteResponse("resp_1", owner: .ann, then: $0) }
    #expect(try failure { store.response("resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.deleteResponse("resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(
      try failure { store.update("resp_1", status: .completed, object: [], owner: .ann, then: $0) } == .notFound)
    let piece = EventPiece(sequence: 0...0, bytes: [])
    #expect(try failure { store.append(piece, to: "resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.inputItems(of: "resp_1", PageQuery(), owner: .ann, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1"], owner: .ann, then: $0) } == [nil])
  }

  @Test func `nobody sees or touches another owner's response, an admin aside`() throws {
    try store.keep(.sample("resp_1", .inProgress, isBackground: true), input: [.sample("i1")])
    let piece = EventPiece(sequence: 0...0, bytes: [])
    #expect(try failure { store.response("resp_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.events(of: "resp_1", after: -1, owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.inputItems(of: "resp_1", PageQuery(), owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.chain(endingWith: "resp_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.append(piece, to: "resp_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.update("resp_1", status: .failed, object: [], owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.deleteResponse("resp_1", owner: .bob, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1"], owner: .bob, then: $0) } == [nil])
    #expect(try ask { store.response("resp_1", owner: .admin, then: $0) }.id == "resp_1")
    #expect(try ask { store.items(["i1"], owner: .admin, then: $0) } == [StoredItem.sample("i1").json])
  }

  @Test func `owners may have the same id, and each gets the own one`() throws {
    try store.keep(.sample("resp_1", .completed), owner: .ann)
    try store.keep(.sample("resp_1", .failed), owner: .admin)
    #expect(try ask { store.response("resp_1", owner: .ann, then: $0) }.status == .completed)
    #expect(try ask { store.response("resp_1", owner: .admin, then: $0) }.status == .failed)
  }

  @Test func `an expired response is gone before it is swept, one that runs is not`() throws {
    try store.keep(.sample("resp_1"), input: [.sample("i1")])
    try store.keep(.sample("resp_2", .queued))
    clock.advance(86_399)
    #expect(try ask { store.response("resp_1", owner: .ann, then: $0) }.id == "resp_1")
    clock.advance(1)
    #expect(try failure { store.response("resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1", "msg_resp_1"], owner: .ann, then: $0) } == [nil, nil])
    #expect(try ask { store.response("resp_2", owner: .ann, then: $0) }.id == "resp_2")
  }

  @Test func `items are found by id in inputs, outputs and conversations, the newest first`() throws {
    try store.keep(.sample("resp_1"), input: [StoredItem(id: "i1", json: Array("1".utf8))])
    try store.keep(.sample("resp_2"), input: [StoredItem(id: "i1", json: Array("2".utf8))])
    let conversation = StoredConversation(id: "conv_1", created: clock.now, expires: .max, metadata: [])
    try ask { store.createConversation(conversation, items: [.sample("c1")], owner: .ann, then: $0) }
    let found = try ask { store.items(["i1", "msg_resp_1", "c1", "x"], owner: .ann, then: $0) }
    #expect(
      found.map { $0.map { String(decoding: $0, as: UTF8.self) } } == [
        "2", #"{"id":"msg_resp_1","type":"message"}"#, #"{"id":"c1"}"#, nil,
      ])
  }
}

struct PagingTests {
  private let store: StateStore

  init() throws {
    store = try StateStore(.memory())
    try store.keep(.sample("resp_1"), input: (1...5).map { .sample("i\($0)") })
    try store.keep(.sample("resp_2"), input: [.sample("other")])
  }

  @Test(arguments: [
    (PageQuery(), ["i5", "i4", "i3", "i2", "i1"], false),
    (PageQuery(isAscending: true), ["i1", "i2", "i3", "i4", "i5"], false),
    (PageQuery(limit: 2), ["i5", "i4"], true),
    (PageQuery(limit: 2, after: "i4"), ["i3", "i2"], true),
    (PageQuery(limit: 2, after: "i2"), ["i1"], false),
    (PageQuery(limit: 2, after: "i1"), [], false),
    (PageQuery(limit: 2, isAscending: true, after: "i3"), ["i4", "i5"], false),
    (PageQuery(isAscending: true, before: "i3"), ["i1", "i2"], false),
    (PageQuery(before: "i3"), ["i5", "i4"], false),
    (PageQuery(isAscending: true, after: "i1", before: "i4"), ["i2", "i3"], false),
    (PageQuery(limit: 0), ["i5"], true),
    (PageQuery(limit: 5), ["i5", "i4", "i3", "i2", "i1"], false),
  ])
  func `a page has the items asked for`(query: PageQuery, ids: [String], hasMore: Bool) throws {
    let page = try ask { store.inputItems(of: "resp_1", query, owner: .ann, then: $0) }
    #expect(page.items.map(\.id) == ids)
    #expect(page.items.map(\.json) == ids.map { StoredItem.sample($0).json })
    #expect(page.hasMore == hasMore)
  }

  @Test(arguments: [PageQuery(after: "nope"), PageQuery(before: "nope")])
  func `an item that is not in the list is an error`(query: PageQuery) throws {
    #expect(
      try failure { store.inputItems(of: "resp_1", query, owner: .ann, then: $0) } == .unknownItem("nope"))
  }

  @Test func `an item of another list is not in this one`() throws {
    let query = PageQuery(after: "other")
    #expect(try failure { store.inputItems(of: "resp_1", query, owner: .ann, then: $0) } == .unknownItem("other"))
    let output = PageQuery(after: "msg_resp_1")
    #expect(
      try failure { store.inputItems(of: "resp_1", output, owner: .ann, then: $0) } == .unknownItem("msg_resp_1"))
  }

  @Test func `pages are no longer than a hundred`() throws {
    try store.keep(.sample("resp_3"), input: (1...150).map { .sample("i\($0)") })
    let page = try ask { store.inputItems(of: "resp_3", PageQuery(limit: 1000), owner: .ann, then: $0) }
    #expect(page.items.count == 100)
    #expect(page.hasMore)
  }
}
