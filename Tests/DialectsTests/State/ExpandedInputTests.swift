import Dialects
import Policy
import Testing
import Wire

struct ExpandedInputTests {
  private func expanded(_ body: String, _ history: [String]) throws -> JSONTree {
    let bytes = try ExpandedInput.body(
      Array(body.utf8), history: history.map { Array($0.utf8) }, ids: AnswerIDs(tail: "t"))
    return try JSONTree.parse(bytes.span)
  }

  @Test func `earlier items come first, without the ids that the upstream never gave`() throws {
    let tree = try expanded(
      #"{"model":"m","input":"then","previous_response_id":"resp_1","temperature":0.5}"#,
      [#"{"type":"message","id":"msg_1","status":"completed","role":"user","content":"first"}"#])
    #expect(tree["previous_response_id"] == nil)
    #expect(tree["temperature"] == .number("0.5"))
    let input = try #require(tree["input"]?.arrayValue)
    #expect(input.count == 2)
    #expect(input[0]["id"] == nil)
    #expect(input[0]["content"]?.stringValue == "first")
    #expect(input[1]["role"]?.stringValue == "user")
  }

  @Test func `reasoning goes along only with its contents`() throws {
    let tree = try expanded(
      #"{"model":"m","input":"then","conversation":"conv_1"}"#,
      [
        #"{"type":"reasoning","id":"rs_1","summary":[]}"#,
        #"{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"x"}"#,
      ])
    let input = try #require(tree["input"]?.arrayValue)
    #expect(tree["conversation"] == nil)
    #expect(input.map { $0["type"]?.stringValue } == ["reasoning", "message"])
    #expect(input[0]["encrypted_content"]?.stringValue == "x")
  }

  @Test func `a reference to a known item becomes the item, another one stays`() throws {
    let body = #"{"model":"m","input":[{"type":"item_reference","id":"msg_1"},{"id":"msg_2"}]}"#
    let known = JSONTree.object([.init("type", .string("message")), .init("id", .string("msg_1"))])
    let bytes = try ExpandedInput.body(
      Array(body.utf8), history: [], referenced: ["msg_1": known], ids: AnswerIDs(tail: "t"))
    let input = try #require(try JSONTree.parse(bytes.span)["input"]?.arrayValue)
    #expect(input.map { $0["type"]?.stringValue } == ["message", "item_reference"])
    #expect(input[1]["id"]?.stringValue == "msg_2")
  }

  @Test func `an item cannot be asked for twice`() {
    let body = #"{"model":"m","input":[{"id":"a"},{"type":"item_reference","id":"a"}]}"#
    let failure = #expect(throws: Failure.self) {
      try ExpandedInput.body(Array(body.utf8), history: [], referenced: ["a": .null], ids: AnswerIDs(tail: "t"))
    }
    #expect(failure?.code == .invalidValue && failure?.param == "input[1].id")
  }

  @Test func `a body that is no request is refused`() {
    #expect(throws: Failure.self) { try expanded("[]", []) }
    #expect(throws: Failure.self) { try expanded(#"{"input":7}"#, []) }
  }
}
