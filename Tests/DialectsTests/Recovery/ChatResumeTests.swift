import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: whatever breaks and wherever, the client reads one answer, once. Method: streams that say the same in other
/// pieces, cut at every byte and joined; the result is held against the rules of the SDKs and against the whole answer.
@Suite struct ChatResumeTests {
  static let scripts: [ChatScript] = [
    ChatScript(lines: [.text(choice: 0, name: "content", text: #"It says "hé\o" 😀 and more."#)], hasUsage: true),
    ChatScript(lines: [
      .text(choice: 0, name: "reasoning_content", text: "Let me think."),
      .text(choice: 0, name: "content", text: "Done."),
    ]),
    ChatScript(lines: [
      .text(choice: 0, name: "content", text: "Calling."),
      .call(choice: 0, index: 0, name: "f", arguments: #"{"q":"ü"}"#),
      .call(choice: 0, index: 1, name: "g", arguments: "{}"),
    ]),
    ChatScript(
      lines: [
        .text(choice: 0, name: "content", text: "One two three."), .text(choice: 1, name: "content", text: "Four."),
        .text(choice: 2, name: "refusal", text: "No."),
      ], choices: 3),
    ChatScript(
      lines: [.text(choice: 0, name: "text", text: "Plain é text."), .text(choice: 1, name: "text", text: "B")],
      choices: 2, flavor: .completions),
    ChatScript(lines: []),
  ]

  /// A client, and the streams that it is sent.
  private struct Client {
    let script: ChatScript
    var received: [UInt8] = []
    var resume: StreamResume
    var hasBegun = false
    private(set) var hasDiffered = false

    init(_ script: ChatScript) {
      self.script = script
      resume = StreamResume(script.flavor)
    }

    /// Takes the whole events of a stream that ends after `bytes`.
    mutating func take(_ bytes: ArraySlice<UInt8>, isContinuation: Bool = false) {
      let source = Array(bytes)
      if hasBegun { resume.begin(isContinuation: isContinuation) }
      var scanner = SSEScanner()
      while let block = scanner.next(in: source.span) {
        guard hasBegun else {
          resume.note(block, in: source.span, bytesMax: 1 << 20)
          received += source[block.range]
          continue
        }
        switch resume.rewrite(block, in: source.span) {
        case .pass(let bytes): received += bytes
        case .differs: hasDiffered = true
        }
        if hasDiffered { break }
      }
      hasBegun = true
    }

    /// The same for a stream of whole events.
    mutating func take(_ events: [[UInt8]], isContinuation: Bool = false) {
      take(Array(events.joined())[...], isContinuation: isContinuation)
    }

    /// Whether every choice has ended: then nothing is asked for again, and a missing `[DONE]` is added.
    mutating func isWhole() -> Bool {
      var tap = ChatTap(script.flavor, choices: script.choices)
      tap.observe(received)
      if tap.isComplete, !tap.sawDone { SSEWriter.appendDone(to: &received) }
      return tap.isComplete
    }

    /// The answer as one, but for the ids of calls: a call that had not begun has that of the stream that brought it.
    func answer() throws -> JSONTree {
      var aggregate = ChatAggregate(script.flavor)
      aggregate.observe(received)
      let text = String(decoding: aggregate.answer(fallback: ChatAggregateTests.fallback), as: UTF8.self)
      let bytes = Array(text.replacing(/"call-[a-z0-9]+"/, with: "\"call\"").utf8)
      return try JSONTree.parse(bytes.span)
    }
  }

  private func stream(_ script: ChatScript, id: String, _ random: inout SplitMix64) -> [UInt8] {
    Array(EventStream.chunks(script.payloads(id: id, random: &random)).joined())
  }

  /// Holds what a client got against the rules and against `whole`, which was read in one piece.
  private func check(_ client: Client, against whole: [UInt8], _ place: String) throws {
    #expect(!client.hasDiffered, "\(place)")
    let script = client.script
    let violations = ChatOrder.violations(client.received, choices: script.choices, isChat: script.flavor == .chat)
    #expect(violations == [], "\(place)")
    var reader = Client(script)
    reader.take(whole[...])
    let (answer, expected) = (try client.answer(), try reader.answer())
    #expect(answer["id"] == expected["id"] && answer["model"] == expected["model"], "\(place)")
    let (choices, others) = (answer["choices"]?.arrayValue ?? [], expected["choices"]?.arrayValue ?? [])
    let areEqual = choices == others
    #expect(areEqual, "\(place)")
  }

  @Test(arguments: scripts.indices) func `a stream cut at any byte goes on where it broke`(index: Int) throws {
    let script = Self.scripts[index]
    var random = SplitMix64(seed: UInt64(index))
    let first = stream(script, id: "first", &random)
    var before: [UInt8] = []
    for cut in 0..<first.count {
      var client = Client(script)
      client.take(first[..<cut])
      // No further event was whole; and where none was, the first stream is the second one.
      guard client.received != before else { continue }
      before = client.received
      if !client.isWhole() { client.take(stream(script, id: "second", &random)[...]) }
      try check(client, against: first, "script \(index), cut at \(cut)")
    }
  }

  @Test(arguments: scripts.indices) func `a stream may break again and again`(index: Int) throws {
    let script = Self.scripts[index]
    var random = SplitMix64(seed: UInt64(100 + index))
    for round in 0..<100 {
      var client = Client(script)
      let first = stream(script, id: "first", &random)
      let start = first.firstRange(of: Array("\n\n".utf8))?.upperBound ?? 0
      client.take(first[..<Int.random(in: start..<first.count, using: &random)])
      for attempt in 0..<Int.random(in: 0..<4, using: &random) where !client.isWhole() {
        let next = stream(script, id: "number\(attempt)", &random)
        client.take(next[..<Int.random(in: 0..<next.count, using: &random)])
      }
      if !client.isWhole() { client.take(stream(script, id: "last", &random)[...]) }
      try check(client, against: first, "script \(index), round \(round)")
    }
  }

  @Test func `usage is the sum of what the streams told`() throws {
    let usage = #""usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}"#
    let first = #"{"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":"x"}}],\#(usage)}"#
    var client = Client(ChatScript(lines: []))
    client.take(EventStream.chunks([first]))
    client.take(
      EventStream.chunks([
        #"{"id":"b","choices":[{"index":0,"delta":{"content":"xy"}}]}"#,
        #"{"id":"b","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"b","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"x":{"y":1}}}"#,
      ]))
    let sum = try client.answer()["usage"]
    #expect(sum?["prompt_tokens"]?.intValue == 18 && sum?["completion_tokens"]?.intValue == 3)
    #expect(sum?["total_tokens"]?.intValue == 21 && sum?["x"]?["y"]?.intValue == 1)
  }

  // MARK: - What differs

  private func differs(_ sent: [String], _ next: [String]) -> Bool {
    var client = Client(ChatScript(lines: []))
    client.take(EventStream.chunks(sent))
    let before = client.received
    client.take(EventStream.chunks(next))
    if client.hasDiffered { #expect(client.received == before, "what differs must not be sent") }
    return client.hasDiffered
  }

  private func chunk(_ delta: String, _ finish: String = "null") -> String {
    ChatAggregateTests.chunk(0, delta, finish)
  }

  @Test func `another text is never joined`() {
    let sent = [chunk(#""role":"assistant","content":"The sun""#)]
    #expect(differs(sent, [chunk(#""content":"The moon""#)]))
    #expect(differs(sent, [chunk(#""content":"The""#), chunk(#""content":"re""#)]))
    // It ends too early, by its reason or by `[DONE]`.
    #expect(differs(sent, [chunk(#""content":"The""#), chunk("", #""stop""#)]))
    #expect(differs(sent, [chunk(#""content":"The""#), "[DONE]"]))
    // Something else comes first.
    #expect(differs(sent, [chunk(#""reasoning_content":"Hm""#), chunk(#""content":"The sun""#)]))
    #expect(differs(sent, [chunk(#""refusal":"No""#)]))
    #expect(!differs(sent, [chunk(#""content":"The su""#), chunk(#""content":"n sets""#)]))
  }

  @Test func `another call is never joined`() {
    func call(_ name: String, _ arguments: String, index: String = #""index":0,"#) -> String {
      chunk(#""tool_calls":[{\#(index)"id":"x","function":{"name":"\#(name)","arguments":"\#(arguments)"}}]"#)
    }
    let sent = [chunk(#""role":"assistant","content":null"#), call("f", #"{\"a\":"#)]
    #expect(differs(sent, [call("g", #"{\"a\":1}"#)]))
    #expect(differs(sent, [call("f", #"{\"b\":1}"#)]))
    #expect(differs(sent, [chunk(#""content":"Well""#)]))
    #expect(differs(sent, [call("f", #"{\"a\":1}"#, index: "")]))
    #expect(!differs(sent, [call("f", #"{\"a\":1}"#)]))
  }

  @Test func `a choice that had ended stays as it was`() throws {
    var client = Client(ChatScript(lines: []))
    client.take(EventStream.chunks([chunk(#""role":"assistant","content":"a""#, #""stop""#)]))
    client.take(EventStream.chunks([chunk(#""content":"quite different""#, #""length""#), "[DONE]"]))
    #expect(!client.hasDiffered)
    #expect(String(decoding: client.received, as: UTF8.self).hasSuffix("\"stop\"}]}\n\ndata: [DONE]\n\n"))
  }

  // MARK: - Continuations

  private func prefill(_ chunks: String...) -> String? {
    var client = Client(ChatScript(lines: []))
    client.take(EventStream.chunks(chunks))
    return client.resume.prefill.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `only a text can be continued`() {
    #expect(prefill(chunk(#""role":"assistant","content":"""#), chunk(#""content":"a \"b""#)) == #"a \"b"#)
    #expect(prefill(chunk(#""role":"assistant","content":"""#)) == nil)
    #expect(prefill(chunk(#""content":"a""#), chunk("", #""stop""#)) == nil)
    #expect(prefill(chunk(#""content":"a""#), chunk(#""tool_calls":[{"index":0}]"#)) == nil)
    #expect(prefill(chunk(#""refusal":"a""#)) == nil)
    #expect(prefill(chunk(#""content":"a\ud83d""#)) == nil)
    #expect(prefill(chunk(#""content":"a""#), ChatAggregateTests.chunk(1, #""content":"b""#)) == nil)
  }

  @Test func `a continuation goes on from the text, under the first name and with one role`() throws {
    var client = Client(ChatScript(lines: []))
    client.take(EventStream.chunks([chunk(#""role":"assistant","content":"The sun""#)]))
    let continued = [
      #"{"id":"b","object":"chat.completion.chunk","created":9,"model":"n","#
        + #""choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
      #"{"id":"b","object":"chat.completion.chunk","created":9,"model":"n","#
        + #""choices":[{"index":0,"delta":{"reasoning_content":"once more"},"finish_reason":null}]}"#,
      #"{"id":"b","object":"chat.completion.chunk","created":9,"model":"n","#
        + #""choices":[{"index":0,"delta":{"content":" sets."},"finish_reason":"stop"}]}"#,
    ]
    client.take(EventStream.chunks(continued + ["[DONE]"]), isContinuation: true)
    #expect(!client.hasDiffered)
    #expect(ChatOrder.violations(client.received) == [])
    let message = try client.answer()["choices"]?[0]?["message"]
    #expect(message?["content"]?.stringValue == "The sun sets.")
    #expect(message?["reasoning_content"] == nil)
  }

  @Test func `more than is remembered cannot be joined`() {
    var resume = StreamResume(.chat)
    let bytes = EventStream.chunks([chunk(#""content":"\#(String(repeating: "x", count: 100))""#)])[0]
    var scanner = SSEScanner()
    let block = scanner.next(in: bytes.span)
    if let block { resume.note(block, in: bytes.span, bytesMax: 1000) }
    #expect(block != nil && resume.isPossible && resume.prefill != nil)
    if let block { resume.note(block, in: bytes.span, bytesMax: 150) }
    #expect(!resume.isPossible && resume.prefill == nil)
  }
}
