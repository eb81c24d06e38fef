import Testing
import Wire

@testable import Dialects

extension ChatTap: Tap {}

/// Goal: a chat stream can be ended legally wherever it stands, at no cost to its bytes. Method: recorded streams are
/// stopped after each of their events and held against the rules of the SDKs; goldens for what is read in passing.
@Suite struct ChatTapTests {
  static let fallback = StreamIdentity(id: "chatcmpl-gateway", model: "alias", created: 1_795_000_001)
  static let head = #""id":"chatcmpl-1","object":"chat.completion.chunk","created":1795000000,"model":"gpt-\"x\"""#

  /// A chunk with one choice.
  private static func chunk(_ index: Int, _ delta: String, _ finish: String = "null", usage: String = "") -> String {
    "{\(head),\"choices\":[{\"index\":\(index),\"delta\":{\(delta)},\"logprobs\":null,"
      + "\"finish_reason\":\(finish)}]\(usage)}"
  }

  static let usage =
    #"{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"#
    + #""prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}"#

  static let plain = [
    chunk(0, #""role":"assistant","content":"","refusal":null"#),
    chunk(0, #""content":"It says \"finish_reason\":\"x\".""#),
    chunk(0, #""content":"\"usage\":{\"error\":1}""#), chunk(0, "", #""stop""#),
    "{\(head),\"choices\":[],\"usage\":\(usage)}", "[DONE]",
  ]

  static let interleaved = [
    chunk(0, #""role":"assistant","content":"a""#), chunk(1, #""role":"assistant","content":"b""#),
    chunk(1, #""content":"c""#), chunk(1, "", #""length""#),
    chunk(0, #""tool_calls":[{"index":1,"id":"c","type":"function","function":{"name":"f","arguments":""}}]"#),
    chunk(0, "", #""tool_calls""#), "[DONE]",
  ]

  private func tap(_ payloads: some Sequence<String>, choices: Int = 1) -> ChatTap {
    var tap = ChatTap(.chat, choices: choices)
    tap.observe(Array(EventStream.chunks(Array(payloads)).joined()))
    return tap
  }

  @Test(arguments: 0...5, [false, true]) func aStopAfterAnyEventEndsLegally(_ count: Int, _ includeUsage: Bool) {
    let seen = Self.plain.prefix(count)
    let ending = tap(seen).stopEnding(includeUsage: includeUsage, fallback: Self.fallback)
    let whole = EventStream.chunks(Array(seen)).joined() + ending
    #expect(ChatOrder.violations(Array(whole)) == [])
  }

  @Test(arguments: 0...6) func aStopEndsEveryChoiceThatIsOpen(_ count: Int) {
    let seen = Self.interleaved.prefix(count)
    let ending = tap(seen, choices: 2).stopEnding(includeUsage: false, fallback: Self.fallback)
    let whole = EventStream.chunks(Array(seen)).joined() + ending
    #expect(ChatOrder.violations(Array(whole), choices: 2) == [])
  }

  @Test func aStopSpeaksInTheStreamsOwnName() {
    let ending = tap(Self.plain.prefix(2)).stopEnding(includeUsage: false, fallback: Self.fallback)
    let expected =
      "data: {\(Self.head),\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n"
      + "data: [DONE]\n\n"
    #expect(String(decoding: ending, as: UTF8.self) == expected)
  }

  @Test func aStopBeforeTheFirstEventUsesTheFallback() {
    let ending = ChatTap(.chat).stopEnding(includeUsage: true, fallback: Self.fallback)
    let expected =
      #"data: {"id":"chatcmpl-gateway","object":"chat.completion.chunk","created":1795000001,"#
      + #""model":"alias","choices":["#
      + #"{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#
      + "\n\ndata: [DONE]\n\n"
    #expect(String(decoding: ending, as: UTF8.self) == expected)
  }

  @Test func aStoppedCompletionsStreamKeepsItsShape() {
    var tap = ChatTap(.completions)
    let chunk =
      #"{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"index":0,"text":"a"}]}"#
    let seen = EventStream.chunks([chunk])[0]
    tap.observe(seen)
    let ending = tap.stopEnding(includeUsage: false, fallback: Self.fallback)
    #expect(ChatOrder.violations(seen + ending, isChat: false) == [])
  }

  @Test func knownUsageIsReportedAndUnknownIsNot() {
    let counting = [Self.chunk(0, #""role":"assistant""#, usage: ",\"usage\":\(Self.usage)")]
    let known = EventStream.events(tap(counting).stopEnding(includeUsage: true, fallback: Self.fallback))
    #expect(known.count == 3)
    #expect(known[1].json?["usage"]?["total_tokens"]?.intValue == 12)
    #expect(known[1].json?["choices"]?.arrayValue == [])
    #expect(EventStream.events(tap(counting).stopEnding(includeUsage: false, fallback: Self.fallback)).count == 2)
    let unknown = tap(Self.plain.prefix(2)).stopEnding(includeUsage: true, fallback: Self.fallback)
    #expect(EventStream.events(unknown).count == 2)
  }

  @Test func aUsageChunkIsNotRepeated() {
    let ending = tap(Self.plain.prefix(5)).stopEnding(includeUsage: true, fallback: Self.fallback)
    #expect(String(decoding: ending, as: UTF8.self) == "data: [DONE]\n\n")
    #expect(tap(Self.plain).stopEnding(includeUsage: true, fallback: Self.fallback) == [])
  }

  @Test func theStreamIsUnderstood() {
    let tap = tap(Self.plain)
    #expect(tap.id == "chatcmpl-1")
    #expect(tap.model == "gpt-\"x\"")
    #expect(tap.finishes == [ChoiceFinish(index: 0, reason: .stop)])
    #expect(tap.usage == TokenUsage(prompt: 9, completion: 3, total: 12, cached: 4, reasoning: 2))
    #expect(tap.sawDone && tap.isComplete && tap.terminalSeen)
    #expect(tap.events == 5)
    #expect(tap.malformedEvents == 0)
    #expect(tap.error == nil)
  }

  @Test func textThatSpeaksOfFinishingDoesNotFinish() {
    let tap = tap(Self.plain.prefix(3))
    #expect(!tap.isComplete && tap.finishes.isEmpty && tap.usage == nil && tap.error == nil)
  }

  @Test func completionNeedsEveryChoice() {
    #expect(!tap(Self.interleaved.prefix(4), choices: 2).isComplete)
    let whole = tap(Self.interleaved.prefix(6), choices: 2)
    #expect(whole.isComplete && !whole.terminalSeen)
    #expect(
      whole.finishes == [ChoiceFinish(index: 1, reason: .length), ChoiceFinish(index: 0, reason: .toolCalls)])
    #expect(tap(["[DONE]"]).isComplete)
  }

  @Test(
    arguments: [
      (#""""#, nil), (#""null""#, nil), (#""eos""#, .other), (#""content_filter""#, .contentFilter),
      (#""function_call""#, .functionCall), ("null", nil), ("3", nil),
    ] as [(String, FinishReason?)]) func finishReasonsOfTheWildAreRead(_ spelled: String, _ reason: FinishReason?)
  {
    #expect(tap([Self.chunk(0, "", spelled)]).finishes.first?.reason == reason)
  }

  @Test func toolCallsBeatStop() {
    let tap = tap([Self.chunk(0, "", #""stop""#), Self.chunk(0, "", #""tool_calls""#), Self.chunk(0, "", #""length""#)])
    #expect(tap.finishes == [ChoiceFinish(index: 0, reason: .toolCalls)])
  }

  @Test(arguments: [
    #"{"choices":[],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#,
    #"{"choices":[{"index":0,"usage":{"prompt_tokens":1,"completion_tokens":2}}],"usage":null}"#,
    #"{"choices":[{"index":0}], "usage" : {"prompt_tokens":1,"completion_tokens":2}}"#,
  ]) func usageIsFoundWhereVendorsPutIt(_ chunk: String) {
    #expect(tap([chunk]).usage == TokenUsage(prompt: 1, completion: 2))
  }

  @Test(
    arguments: [
      (
        #"{"error":{"message":"no","type":"t","param":null,"code":"c"}}"#,
        PeekedError(message: "no", type: "t", code: "c")
      ),
      (#"{"error":"boom"}"#, PeekedError(message: "boom")),
      (
        #"{"id":"x","choices":[{"index":0,"finish_reason":"error"}],"error":{"message":"m","code":502}}"#,
        PeekedError(message: "m", code: "502")
      ),
      (#"{"error":null,"choices":[]}"#, nil), (#"{"error":"","choices":[]}"#, nil), (#"{"error":false}"#, nil),
      (#"{"choices":[{"index":0,"delta":{"error":{"message":"inner"}}}]}"#, nil),
    ] as [(String, PeekedError?)]) func onlyTruthyErrorsAtTheTopAreErrors(_ chunk: String, _ error: PeekedError?)
  {
    #expect(tap([chunk]).error == error)
  }

  @Test func afterAnErrorOnlyDoneIsLeftToSay() {
    let tap = tap(Self.plain.prefix(2) + [#"{"error":{"message":"no"}}"#])
    #expect(tap.terminalSeen && !tap.isComplete)
    let ending = tap.stopEnding(includeUsage: true, fallback: Self.fallback)
    #expect(String(decoding: ending, as: UTF8.self) == "data: [DONE]\n\n")
  }

  @Test func preamblesAndDamageArePassedOver() {
    var tap = ChatTap(.chat)
    tap.observe(
      Array(": hello\n\ndata: {\"id\":\"\",\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\n\n".utf8))
    tap.observe(Array("data: {broken\n\ndata: \n\nevent: ping\n\n".utf8))
    tap.observe(Array("data: \(Self.chunk(0, #""role":"assistant""#))\n\n".utf8))
    tap.observe(Array("data: {\"choices\":[\ndata: {\"index\":0,\"finish_reason\":\"stop\"}]}\n\n".utf8))
    #expect(tap.events == 5)
    #expect(tap.malformedEvents == 2)
    #expect(tap.id == "chatcmpl-1")
    #expect(tap.finishes == [ChoiceFinish(index: 0, reason: .stop)])
  }

  @Test func identitiesTooLongToRememberAreNotCutShort() {
    let long = String(repeating: "x", count: 257)
    let tap = tap(["{\"id\":\"\(long)\",\"model\":\"m\",\"created\":1,\"choices\":[]}"])
    #expect(tap.id == nil)
    #expect(tap.model == "m")
  }

  @Test func choicesOutOfBoundsAreNotTracked() {
    var tap = ChatTap(.chat, choices: 1000)
    #expect(tap.choices == 128)
    tap.observe(EventStream.chunks([Self.chunk(128, "", #""stop""#), Self.chunk(-1, "", #""stop""#)]).joined() + [])
    #expect(tap.finishes.isEmpty)
    tap.observe(EventStream.chunks((0..<128).map { Self.chunk($0, "", #""stop""#) }).joined() + [])
    #expect(tap.isComplete)
  }
}
