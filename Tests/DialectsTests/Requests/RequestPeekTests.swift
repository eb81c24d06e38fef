import Testing
import Wire

@testable import Dialects

@Suite struct RequestPeekTests {
  private func peek(_ text: String, requiresModel: Bool = true) throws -> RequestPeek {
    let bytes = Array(text.utf8)
    return try RequestPeek.read(bytes.span, requiresModel: requiresModel)
  }

  @Test func everythingOfInterestIsFound() throws {
    let text =
      #" {"model": "gpt-\u0078", "messages":[{"model":"inner","stream":true}], "stream":true, "n": 3,"#
      + #""stream_options":{"include_usage":true}} "#
    let peek = try peek(text)
    #expect(peek.model == "gpt-x")
    #expect(peek.modelRange.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) } == #""gpt-\u0078""#)
    #expect(peek.stream == true)
    #expect(peek.choices == 3)
    #expect(peek.includeUsage)
    #expect(peek.root == 1..<text.utf8.count - 1)
  }

  @Test func absenceAndNullAreNotTheSame() throws {
    #expect(try peek(#"{"model":"m"}"#).stream == nil)
    #expect(try peek(#"{"model":"m","stream":null}"#).stream == false)
    #expect(try peek(#"{"model":"m","stream":false}"#).stream == false)
    #expect(try peek(#"{"model":"m","n":null}"#).choices == nil)
    #expect(try !peek(#"{"model":"m","stream_options":null}"#).includeUsage)
    #expect(try !peek(#"{"model":"m","stream_options":{"include_usage":1}}"#).includeUsage)
  }

  @Test func theLastDuplicateCounts() throws {
    let peek = try peek(#"{"model":"a","stream":false,"model":"b","stream":true}"#)
    #expect(peek.model == "b")
    #expect(peek.modelRanges == [9..<12, 36..<39])
    #expect(peek.stream == true)
  }

  @Test func aMissingModelMayBeAllowed() throws {
    #expect(try peek(#"{"prompt":{"id":"p"}}"#, requiresModel: false).model == nil)
  }

  @Test(
    arguments: [
      ("", .notJSON(JSONFailure(offset: 0, reason: "the text ends where a value is expected")), nil),
      (#"{"model":"m",}"#, .notJSON(JSONFailure(offset: 13, reason: "expected a member name in double quotes")), nil),
      ("[]", .notAnObject, nil), ("null", .notAnObject, nil), ("{}", .modelMissing, "model"),
      (#"{"model":7}"#, .modelNotAString, "model"), (#"{"model":null}"#, .modelNotAString, "model"),
      (#"{"model":""}"#, .modelEmpty, "model"),
      (#"{"model":"\#(String(repeating: "m", count: 513))"}"#, .modelTooLong, "model"),
      (#"{"model":"m","stream":"true"}"#, .streamNotABoolean, "stream"),
      (#"{"model":"m","stream":1}"#, .streamNotABoolean, "stream"),
      (#"{"model":"m","n":"2"}"#, .choicesNotAnInteger, "n"), (#"{"model":"m","n":1.5}"#, .choicesNotAnInteger, "n"),
      ("{" + String(repeating: #""model":"m","#, count: 17) + #""a":1}"#, .tooManyDuplicates, nil),
    ] as [(String, RequestPeekFailure, String?)])
  func mistakesAreNamed(_ text: String, _ failure: RequestPeekFailure, _ param: String?) {
    #expect(throws: failure) { try peek(text) }
    #expect(failure.param == param)
    #expect(failure.message.hasSuffix("."))
  }
}

/// Goal: rewriting changes what it says and nothing else. Method: goldens of whole bodies.
@Suite struct RequestRewriteTests {
  private func rewrite(
    _ text: String, model: String?, forcesStream: Bool = false, asksForUsage: Bool = false
  ) throws -> String {
    let bytes = Array(text.utf8)
    let peek = try RequestPeek.read(bytes.span, requiresModel: false)
    let result = RequestRewrite.applying(
      model: model, forcesStream: forcesStream, asksForUsage: asksForUsage, to: bytes, peek: peek)
    return String(decoding: result, as: UTF8.self)
  }

  @Test func theModelIsReplacedInPlace() throws {
    let body = "{ \"x\" : 1.0e0,\r\n\t\"model\" : \"a\" , \"model2\":\"a\", \"z\":{\"model\":\"a\"} }"
    let expected = "{ \"x\" : 1.0e0,\r\n\t\"model\" : \"up/\\\"q\\\"\" , \"model2\":\"a\", \"z\":{\"model\":\"a\"} }"
    #expect(try rewrite(body, model: "up/\"q\"") == expected)
  }

  @Test func allDuplicatesAreReplaced() throws {
    let body = #"{"model":"a","mod\u0065l":"b","n":1,"model":"c"}"#
    #expect(try rewrite(body, model: "m") == #"{"model":"m","mod\u0065l":"m","n":1,"model":"m"}"#)
  }

  @Test func withoutChangesTheBodyIsTheSame() throws {
    #expect(try rewrite(" {\"model\":\"a\"}\n", model: nil) == " {\"model\":\"a\"}\n")
    #expect(try rewrite("{}", model: "m") == "{}")
  }

  @Test(arguments: [
    (#"{"model":"a","stream":false}"#, #"{"model":"m","stream":true}"#),
    (#"{"stream":null,"model":"a","stream":false}"#, #"{"stream":true,"model":"m","stream":true}"#),
    (#"{"model":"a"}"#, #"{"stream":true,"model":"m"}"#), (#"{ "model":"a"}"#, #"{"stream":true, "model":"m"}"#),
    ("{}", #"{"stream":true}"#), ("{ }", #"{"stream":true }"#),
  ]) func streamingIsForced(_ body: String, _ expected: String) throws {
    #expect(try rewrite(body, model: "m", forcesStream: true) == expected)
  }

  @Test(arguments: [
    (#"{"model":"a"}"#, #"{"stream_options":{"include_usage":true},"stream":true,"model":"m"}"#),
    (
      #"{"stream":false,"stream_options":null,"model":"a"}"#,
      #"{"stream":true,"stream_options":{"include_usage":true},"model":"m"}"#
    ),
    (
      #"{"model":"a","stream":false,"stream_options":{ "include_usage":false, "x":1}}"#,
      #"{"model":"m","stream":true,"stream_options":{ "include_usage":true, "x":1}}"#
    ),
    (
      #"{"model":"a","stream_options":{"x":1}}"#,
      #"{"stream":true,"model":"m","stream_options":{"include_usage":true,"x":1}}"#
    ),
    (
      #"{"model":"a","stream_options":{}, "stream_options":7}"#,
      #"{"stream":true,"model":"m","stream_options":{"include_usage":true}, "stream_options":{"include_usage":true}}"#
    ),
  ]) func usageIsAskedForTogetherWithTheStream(_ body: String, _ expected: String) throws {
    let result = try rewrite(body, model: "m", forcesStream: true, asksForUsage: true)
    #expect(result == expected)
    let peek = try RequestPeek.read(Array(result.utf8).span)
    #expect(peek.stream == true && peek.includeUsage)
  }

  @Test func anAssistantMessageIsPutBehindTheLastOne() {
    func prefill(_ body: String) -> String? {
      RequestRewrite.prefilling(Array(#"a \"b\""#.utf8), in: Array(body.utf8)).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    #expect(
      prefill(#"{"messages":[{"role":"user"} ],"n":1}"#)
        == #"{"messages":[{"role":"user"} ,{"role":"assistant","content":"a \"b\""}],"n":1}"#)
    #expect(prefill(#"{"messages":[ ]}"#) == nil && prefill(#"{"messages":"x"}"#) == nil && prefill("{}") == nil)
  }
}

@Suite struct PromptPeekTests {
  @Test(arguments: [
    (#"{"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"two"}]}"#, "one"),
    (#"{"messages":[{"role":"user","content":[{"type":"image_url"},{"type":"text","text":"a\nb"}]}]}"#, "a\nb"),
    (#"{"messages":[{"role":"system","content":"x"}]}"#, ""), (#"{"messages":7}"#, ""), ("{}", ""),
    (#"{"input":"plain"}"#, "plain"), (#"{"input":[{"role":"user","content":"in"}]}"#, "in"),
    (#"{"input":[{"role":"user","content":[{"type":"input_text","text":"part"}]}]}"#, "part"),
    (#"{"prompt":"p"}"#, "p"), (#"{"prompt":["p","q"]}"#, "q"), (#"{"prompt":[1,2]}"#, ""),
  ]) func theLastUserTextIsFound(_ body: String, _ text: String) {
    let bytes = Array(body.utf8)
    #expect(PromptPeek.lastUserText(of: 0..<bytes.count, in: bytes.span) == text)
  }

  @Test func longTextsAreCut() {
    let bytes = Array("{\"input\":\"\(String(repeating: "é", count: 5000))\"}".utf8)
    let text = PromptPeek.lastUserText(of: 0..<bytes.count, in: bytes.span)
    #expect(text.count == 200)
    #expect(text.hasSuffix("é…"))
  }
}
