import Policy
import Testing
import Wire

@testable import Dialects

@Suite struct ErrorBodyTests {
  @Test func theBodyHasAllFourMembers() {
    let body = ErrorBody(
      message: "No \"such\" model.", type: "invalid_request_error", param: "model", code: "model_not_found")
    let expected =
      #"{"error":{"message":"No \"such\" model.","type":"invalid_request_error","#
      + #""param":"model","code":"model_not_found"}}"#
    #expect(String(decoding: body.json, as: UTF8.self) == expected)
    let bare = ErrorBody(message: "m", type: "server_error")
    #expect(
      String(decoding: bare.json, as: UTF8.self)
        == #"{"error":{"message":"m","type":"server_error","param":null,"code":null}}"#)
  }

  @Test func aFailureBecomesItsBody() {
    let body = ErrorBody(Failure(.modelNotFound, message: "No.", param: "model"))
    #expect(body == ErrorBody(message: "No.", type: "invalid_request_error", param: "model", code: "model_not_found"))
  }

  @Test func aChatStreamEndsWithTheErrorAndDone() {
    let body = ErrorBody(message: "gone", type: "server_error", code: "upstream_disconnected")
    let expected =
      #"data: {"error":{"message":"gone","type":"server_error","param":null,"code":"upstream_disconnected"}}"#
      + "\n\ndata: [DONE]\n\n"
    #expect(String(decoding: body.chatEnding, as: UTF8.self) == expected)
  }

  @Test func messagesAreCutBetweenCharacters() {
    let body = ErrorBody(message: String(repeating: "é", count: 5000), type: "t")
    #expect(body.message.utf8.count == 4096)
    #expect("aé".cut(toBytes: 2) == "a")
    #expect("aé".cut(toBytes: 3) == "aé")
    #expect("e\u{301}".cut(toBytes: 2) == "")
  }
}

@Suite struct BlockingPeekTests {
  private func peek(_ text: String) -> BlockingPeek? {
    let bytes = Array(text.utf8)
    return BlockingPeek.read(bytes.span)
  }

  @Test func anAnswerIsUnderstood() {
    let peek = peek(
      #"{"id":"chatcmpl-1","model":"m","choices":[{"message":{"content":"\"id\":\"x\""}}],"#
        + #""usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_cache_hit_tokens":1}}"#)
    #expect(peek?.id == "chatcmpl-1")
    #expect(peek?.model == "m")
    #expect(peek?.usage == TokenUsage(prompt: 1, completion: 2, total: 3, cached: 1))
    #expect(peek?.error == nil)
  }

  @Test func `what was cut off behind an inner object is no answer`() {
    let whole = #"{"id":"a","choices":[{"message":{"content":"x"}}],"usage":{"total_tokens":3}}"#
    for end in whole.indices.dropFirst() { #expect(peek(String(whole[..<end])) == nil, "\(whole[..<end])") }
    #expect(peek(whole) != nil && peek(" \(whole)\n") != nil && peek("\(whole) {}") != nil && peek("{}") != nil)
  }

  @Test func responsesUsageIsUnderstood() {
    let peek = peek(
      #"{"id":"resp_1","error":null,"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"#
        + #""output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":3}}"#)
    #expect(peek?.usage == TokenUsage(prompt: 1, completion: 2, total: 3, cached: 0, reasoning: 1))
    #expect(peek?.error == nil)
  }

  @Test(
    arguments: [
      (
        #"{"error":{"message":"m","type":"t","param":"p","code":"c"}}"#,
        PeekedError(message: "m", type: "t", code: "c", param: "p")
      ),
      (#"{"error":{"message":"m","code":429,"type":null}}"#, PeekedError(message: "m", code: "429")),
      (#"{"error":"text"}"#, PeekedError(message: "text")),
      (#"{"detail":"Not Found"}"#, PeekedError(message: "Not Found")),
      (#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, PeekedError(message: "field required")),
      (
        #"{"object":"error","message":"m","type":"BadRequestError","code":400}"#,
        PeekedError(message: "m", type: "BadRequestError", code: "400")
      ),
      (
        #"[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]"#, PeekedError(message: "m", code: "429")
      ),
      (#"{"error":true}"#, PeekedError()), (#"{"error":{}}"#, nil), (#"{"error":0}"#, nil), (#"{"detail":""}"#, nil),
      (#"{"object":"list"}"#, nil),
    ] as [(String, PeekedError?)]) func errorsOfAllShapesAreRead(_ text: String, _ error: PeekedError?)
  {
    #expect(peek(text)?.error == error)
  }

  @Test(arguments: ["", "x", "[]", "[1]", "\"s\"", "{", "<html></html>"]) func otherBodiesAreNotRead(_ text: String) {
    #expect(peek(text) == nil)
  }

  @Test func longMessagesAreCutAndLongIDsLeftOut() {
    let long = String(repeating: "\\u00e9", count: 3000)
    #expect(peek("{\"error\":\"\(long)\"}")?.error?.message == String(repeating: "é", count: 512))
    #expect(peek("{\"id\":\"\(long)\"}")?.id == nil)
  }
}

@Suite struct ModelListTests {
  @Test func modelsAreListedOnceAndInOrder() {
    let json = ModelList.json(["b", "a/\"x\"", "b"], created: 7)
    let expected =
      #"{"object":"list","data":[{"id":"b","object":"model","created":7,"owned_by":"sluice"},"#
      + #"{"id":"a/\"x\"","object":"model","created":7,"owned_by":"sluice"}]}"#
    #expect(String(decoding: json, as: UTF8.self) == expected)
    #expect(String(decoding: ModelList.json([String](), created: 7), as: UTF8.self) == #"{"object":"list","data":[]}"#)
    #expect(
      String(decoding: ModelList.json("m", created: 7, ownedBy: "o"), as: UTF8.self)
        == #"{"id":"m","object":"model","created":7,"owned_by":"o"}"#)
  }
}
