import Dialects
import Testing
import Wire

struct StoredAnswerTests {
  private static let response = #"{"id":"resp_1","status":"completed","store":true,"output":[{"id":"msg_1"},{}]}"#
  private static let ending =
    "event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\",\"item\":{}}\n\n"
    + "event: response.completed\n"
    + "data: {\"type\":\"response.completed\",\"sequence_number\":7,\"response\":\(response)}\n\n"

  @Test func `what is stored is read off the object`() {
    let object = Array(Self.response.utf8)
    #expect(StoredAnswer.id(of: object) == "resp_1")
    #expect(StoredAnswer.status(of: object) == "completed")
    #expect(StoredAnswer.output(of: object).map(\.id) == ["msg_1", ""])
    #expect(StoredAnswer.status(of: Array("[]".utf8)) == nil)
  }

  @Test func `the response is found in the event that ends its stream`() {
    #expect(StoredAnswer.response(endedBy: Array(Self.ending.utf8)) == Array(Self.response.utf8))
    #expect(StoredAnswer.response(endedBy: Array("data: [DONE]\n\n".utf8)) == nil)
  }

  @Test func `an answer that could not be stored says so, and nothing else changes`() throws {
    let changed = UnstoredAnswer.ending(Array(Self.ending.utf8))
    let expected = Self.ending.replacing(#""store":true"#, with: #""store":false"#)
    #expect(String(decoding: changed, as: UTF8.self) == expected)
  }

  @Test func `an answer names what it goes on from`() throws {
    let object = StoredAnswer.naming(.response("resp_0"), in: Array(Self.response.utf8))
    let tree = try JSONTree.parse(object.span)
    #expect(tree["previous_response_id"]?.stringValue == "resp_0")
    let turn = try JSONTree.parse(StoredAnswer.naming(.conversation("conv_1"), in: object).span)
    #expect(turn["conversation"]?["id"]?.stringValue == "conv_1")
  }
}
