import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: what the gateway keeps of a request is what the API lists, and what a later turn can go on from.
/// Method: goldens.
@Suite struct ResponsesRequestTests {
  private func read(_ text: String) throws -> ResponsesRequest {
    try ResponsesRequest.read(Array(text.utf8).span, ids: TranslationCase.ids)
  }

  private func items(_ text: String) throws -> [String] {
    try read(text).input.map { String(decoding: $0.encoded, as: UTF8.self) }
  }

  @Test func `a string is kept as a message`() throws {
    #expect(
      try items(#"{"model":"m","input":"Hi"}"#) == [
        #"{"type":"message","id":"msg_Ti0","status":"completed","role":"user","#
          + #""content":[{"type":"input_text","text":"Hi"}]}"#
      ])
  }

  @Test func `items get what is missing and keep the rest`() throws {
    let input = """
      {"model":"m","input":[{"role":"assistant","content":"Yes","phase":"commentary"},\
      {"type":"message","id":"mine","role":"user","content":[{"type":"input_image","image_url":"u"}]},\
      {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},\
      {"type":"function_call_output","call_id":"a","output":[{"type":"input_image","image_url":"u","detail":null}]},\
      {"type":"reasoning","summary":[]},{"id":"msg_9"},{"type":"web_search_call","id":"ws","status":"failed"},\
      {"role":"assistant","content":[{"type":"output_text","text":"x","annotations":[]}]}]}
      """
    #expect(
      try items(input) == [
        #"{"type":"message","id":"msg_Ti0","status":"completed","role":"assistant","content":"#
          + #"[{"type":"output_text","text":"Yes","annotations":[],"logprobs":[]}],"phase":"commentary"}"#,
        #"{"type":"message","id":"mine","status":"completed","role":"user","content":"#
          + #"[{"type":"input_image","image_url":"u","detail":"auto"}]}"#,
        #"{"type":"function_call","id":"fc_Ti2","status":"completed","call_id":"a","name":"f","arguments":"{}"}"#,
        #"{"type":"function_call_output","id":"fco_Ti3","status":"completed","call_id":"a","output":"#
          + #"[{"type":"input_image","image_url":"u","detail":"auto"}]}"#,
        #"{"type":"reasoning","id":"rs_Ti4","summary":[]}"#, #"{"type":"item_reference","id":"msg_9"}"#,
        #"{"type":"web_search_call","id":"ws","status":"failed"}"#,
        #"{"type":"message","id":"msg_Ti7","status":"completed","role":"assistant","content":"#
          + #"[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}]}"#,
      ])
  }

  @Test func `references are replaced by what they stand for`() throws {
    var request = try read(#"{"model":"m","input":[{"type":"item_reference","id":"a"},{"role":"user","content":"x"}]}"#)
    let item = JSONTree.object([.init("type", .string("reasoning")), .init("id", .string("a"))])
    try request.resolve { $0 == "a" ? item : nil }
    #expect(request.input.first == item)
    var other = try read(#"{"model":"m","input":[{"id":"b"}]}"#)
    let failure = #expect(throws: Failure.self) { try other.resolve { _ in nil } }
    #expect(failure?.code == .itemNotFound && failure?.param == "input[0].id")
    var twice = try read(#"{"model":"m","input":[{"id":"a"},{"id":"a"}]}"#)
    let second = #expect(throws: Failure.self) { try twice.resolve { _ in item } }
    #expect(second?.code == .invalidValue && second?.param == "input[1].id")
  }

  @Test func `what the gateway asks first has its defaults`() throws {
    let plain = try read(#"{"model":"m","input":"x"}"#)
    #expect(plain.store && !plain.background && !plain.stream && plain.previousResponseID == nil)
    let all = try read(
      #"{"model":"m","store":false,"background":true,"stream":true,"conversation":"c","instructions":"i"}"#)
    #expect(!all.store && all.background && all.stream && all.conversationID == "c" && all.instructions == "i")
  }

  @Test func `a relayed body is asked about its state alone`() {
    func peek(_ text: String) -> ResponsesStatePeek {
      ResponsesStatePeek(ofObject: 0..<text.utf8.count, in: Array(text.utf8).span)
    }
    let plain = peek(#"{"input":"x","store":null}"#)
    #expect(plain.store && !plain.background && plain.input?.kind == .string)
    let all = peek(#"{"store":false,"background":true,"previous_response_id":"resp_1","conversation":{"id":"c"}}"#)
    #expect(!all.store && all.background && all.previousResponseID == "resp_1" && all.conversationID == "c")
    #expect(peek(#"{"conversation":"c"}"#).conversationID == "c")
    #expect(peek("{").store)
  }
}
