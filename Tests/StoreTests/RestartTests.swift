import Policy
import Store
import TestSupport
import Testing

struct RestartTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let error =
    #"{"code":"server_error","message":"The gateway was restarted while this response was being made."}"#

  @Test(arguments: [ResponseStatus.queued, .inProgress])
  func `what was running has failed`(status: ResponseStatus) throws {
    let first = try StateStore(.file(folder))
    let events = EventPiece(sequence: 0...2, bytes: Array("data: 0\n\ndata: 1\n\ndata: 2\n\n".utf8))
    try first.keep(.sample("resp_1", status, isBackground: true), events: events)
    try first.keep(.sample("resp_2"))
    first.close()

    let second = try StateStore(.file(folder))
    let found = try ask { second.response("resp_1", owner: .ann, then: $0) }
    #expect(found.status == .failed)
    let object =
      #"{"id":"resp_1","status":"failed","error":\#(Self.error),"output":[{"id":"msg_resp_1","type":"message"}]}"#
    #expect(String(decoding: found.object, as: UTF8.self) == object)
    let page = try ask { second.events(of: "resp_1", after: 1, owner: .ann, then: $0) }
    let last = #"{"type":"response.failed","sequence_number":3,"response":\#(object)}"#
    #expect(String(decoding: page.bytes, as: UTF8.self) == "data: 2\n\nevent: response.failed\ndata: \(last)\n\n")
    #expect(page.last == 3)
    #expect(try ask { second.response("resp_2", owner: .ann, then: $0) } == .sample("resp_2"))
    second.close()
  }

  @Test func `one without a log gets none, and a damaged object is replaced`() throws {
    let first = try StateStore(.file(folder))
    var response = StoredResponse.sample("resp_1", .inProgress)
    response.object = Array("{".utf8)
    try first.keep(response)
    first.close()
    let second = try StateStore(.file(folder))
    let found = try ask { second.response("resp_1", owner: .ann, then: $0) }
    #expect(String(decoding: found.object, as: UTF8.self) == #"{"status":"failed","error":\#(Self.error)}"#)
    #expect(try ask { second.events(of: "resp_1", after: -1, owner: .ann, then: $0) }.bytes == [])
    second.close()
  }

  @Test func `what an upstream makes by itself goes on, and expires like the others`() throws {
    let clock = TestClock()
    let first = try StateStore(.file(folder, clock))
    var response = StoredResponse.sample("resp_1", .inProgress, isBackground: true)
    response.isNative = true
    try first.keep(response)
    first.close()
    let second = try StateStore(.file(folder, clock))
    #expect(try ask { second.response("resp_1", owner: .ann, then: $0) } == response)
    clock.advance(86_400)
    #expect(try failure { second.response("resp_1", owner: .ann, then: $0) } == .notFound)
    #expect(try ask { second.sweep(then: $0) } == 1)
    second.close()
  }

  @Test func `turns do not outlive the process`() throws {
    let first = try StateStore(.file(folder))
    let conversation = StoredConversation(id: "conv_1", created: 1_800_000_000, expires: .max, metadata: [])
    try ask { first.createConversation(conversation, items: [], owner: .ann, then: $0) }
    _ = try ask { first.beginTurn(in: "conv_1", response: "resp_1", owner: .ann, then: $0) }
    first.close()
    let second = try StateStore(.file(folder))
    _ = try ask { second.beginTurn(in: "conv_1", response: "resp_2", owner: .ann, then: $0) }
    second.close()
  }
}
