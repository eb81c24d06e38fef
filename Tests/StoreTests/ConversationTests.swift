import Policy
@testable import Store
import TestSupport
import Testing

struct ConversationTests {
  private let clock = TestClock()
  private let store: StateStore
  private let conversation: StoredConversation

  init() throws {
    store = try StateStore(.memory(clock))
    conversation = StoredConversation(
      id: "conv_1", created: clock.now, expires: clock.now + 1000, metadata: Array("{}".utf8))
    try ask { [store, conversation] in
      store.createConversation(conversation, items: [.sample("i1")], owner: .ann, then: $0)
    }
  }

  private func begin(_ response: String, owner: Owner = .ann) throws -> [String] {
    try ask { store.beginTurn(in: "conv_1", response: response, owner: owner, then: $0) }.map(itemID)
  }

  @Test func `a conversation is made, changed and deleted`() throws {
    #expect(try ask { store.conversation("conv_1", owner: .ann, then: $0) } == conversation)
    clock.advance(10)
    var changed = conversation
    changed.metadata = Array(#"{"a":"b"}"#.utf8)
    changed.expires += 10
    #expect(
      try ask { store.updateConversation("conv_1", metadata: changed.metadata, owner: .ann, then: $0) } == changed)
    #expect(try ask { store.conversation("conv_1", owner: .ann, then: $0) } == changed)
    try ask { store.deleteConversation("conv_1", owner: .ann, then: $0) }
    #expect(try failure { store.conversation("conv_1", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.conversationItems(of: "conv_1", PageQuery(), owner: .ann, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1"], owner: .ann, then: $0) } == [nil])
  }

  @Test func `items are added, listed, read and deleted`() throws {
    try ask { store.addItems([.sample("i2"), .sample("i3")], to: "conv_1", owner: .ann, then: $0) }
    #expect(try store.conversationIDs("conv_1") == ["i1", "i2", "i3"])
    let page = try ask {
      store.conversationItems(of: "conv_1", PageQuery(limit: 1, after: "i3"), owner: .ann, then: $0)
    }
    #expect(page == ItemPage(items: [.sample("i2")], hasMore: true))
    #expect(
      try ask { store.conversationItem("i2", of: "conv_1", owner: .ann, then: $0) } == StoredItem.sample("i2").json)
    #expect(
      try ask { store.deleteConversationItem("i2", of: "conv_1", owner: .ann, then: $0) } == conversation)
    #expect(try failure { store.conversationItem("i2", of: "conv_1", owner: .ann, then: $0) } == .notFound)
    #expect(try failure { store.deleteConversationItem("i2", of: "conv_1", owner: .ann, then: $0) } == .notFound)
    #expect(try store.conversationIDs("conv_1") == ["i1", "i3"])
  }

  @Test func `a call adds at most twenty items`() throws {
    let items = (1...21).map { StoredItem.sample("n\($0)") }
    #expect(try failure { store.addItems(items, to: "conv_1", owner: .ann, then: $0) } == .tooManyItems)
    let other = StoredConversation(id: "conv_2", created: 0, expires: .max, metadata: [])
    #expect(try failure { store.createConversation(other, items: items, owner: .ann, then: $0) } == .tooManyItems)
    try ask { store.addItems(Array(items.dropLast()), to: "conv_1", owner: .ann, then: $0) }
    #expect(try store.conversationIDs("conv_1").count == 21)
  }

  @Test func `nobody sees or touches another owner's conversation, an admin aside`() throws {
    #expect(try failure { store.conversation("conv_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.updateConversation("conv_1", metadata: [], owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.deleteConversation("conv_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.addItems([], to: "conv_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.conversationItems(of: "conv_1", PageQuery(), owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.conversationItem("i1", of: "conv_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.deleteConversationItem("i1", of: "conv_1", owner: .bob, then: $0) } == .notFound)
    #expect(try failure { store.beginTurn(in: "conv_1", response: "r", owner: .bob, then: $0) } == .notFound)
    #expect(try ask { store.items(["i1"], owner: .bob, then: $0) } == [nil])
    #expect(try ask { store.conversation("conv_1", owner: .admin, then: $0) } == conversation)
  }

  @Test func `a turn adds input and output once its response is kept`() throws {
    #expect(try begin("resp_1") == ["i1"])
    try store.keep(.sample("resp_1", conversation: "conv_1"), input: [.sample("i2")])
    #expect(try store.conversationIDs("conv_1") == ["i1", "i2", "msg_resp_1"])
    #expect(try begin("resp_2") == ["i1", "i2", "msg_resp_1"])
  }

  @Test func `a background turn ends with the final update`() throws {
    #expect(try begin("resp_1") == ["i1"])
    try store.keep(.sample("resp_1", .queued, conversation: "conv_1"), input: [.sample("i2")])
    #expect(
      try failure { store.beginTurn(in: "conv_1", response: "x", owner: .ann, then: $0) } == .conversationLocked)
    let object = StoredResponse.object("resp_1", .completed, #"{"id":"o1"}"#)
    try ask { store.update("resp_1", status: .completed, object: object, owner: .ann, then: $0) }
    #expect(try store.conversationIDs("conv_1") == ["i1", "i2", "o1"])
  }

  @Test(arguments: [ResponseStatus.failed, .cancelled])
  func `a turn that failed adds nothing and is over`(status: ResponseStatus) throws {
    _ = try begin("resp_1")
    try store.keep(.sample("resp_1", status, conversation: "conv_1"), input: [.sample("i2")])
    #expect(try begin("resp_2") == ["i1"])
  }

  @Test func `a second turn has to wait for the end of the first`() throws {
    _ = try begin("resp_1")
    #expect(
      try failure { store.beginTurn(in: "conv_1", response: "resp_2", owner: .ann, then: $0) } == .conversationLocked)
    try ask { store.endTurn(in: "conv_1", response: "resp_2", adding: [.sample("x")], owner: .ann, then: $0) }
    #expect(
      try failure { store.beginTurn(in: "conv_1", response: "resp_2", owner: .ann, then: $0) } == .conversationLocked)
    try ask { store.endTurn(in: "conv_1", response: "resp_1", adding: [.sample("x")], owner: .bob, then: $0) }
    try ask { store.endTurn(in: "conv_1", response: "resp_1", adding: [.sample("i2")], owner: .ann, then: $0) }
    #expect(try begin("resp_2") == ["i1", "i2"])
  }

  @Test func `a turn of a deleted response is over`() throws {
    _ = try begin("resp_1")
    try store.keep(.sample("resp_1", .inProgress, conversation: "conv_1"))
    try ask { store.deleteResponse("resp_1", owner: .ann, then: $0) }
    #expect(try begin("resp_2") == ["i1"])
  }

  @Test func `a turn whose conversation was deleted is kept as a response`() throws {
    _ = try begin("resp_1")
    try ask { store.deleteConversation("conv_1", owner: .ann, then: $0) }
    try store.keep(.sample("resp_1", conversation: "conv_1"))
    #expect(try ask { store.response("resp_1", owner: .ann, then: $0) }.status == .completed)
  }

  @Test func `a conversation lives on from its last turn, and during one`() throws {
    clock.advance(999)
    _ = try begin("resp_1")
    clock.advance(10)
    #expect(try ask { store.conversation("conv_1", owner: .ann, then: $0) } == conversation)
    try store.keep(.sample("resp_1", conversation: "conv_1"))
    clock.advance(999)
    #expect(try ask { store.conversation("conv_1", owner: .ann, then: $0) }.expires == clock.now + 1)
    clock.advance(1)
    #expect(try failure { store.conversation("conv_1", owner: .ann, then: $0) } == .notFound)
    #expect(try ask { store.sweep(then: $0) } == 1)
    #expect(store.counters.conversations == 0)
  }
}
