/// Answers of `POST /v1/chat/completions`: the stream of chunks and the blocking object.
struct ChatAnswer: EventSource {
  private let scenario: Scenario
  private let facts: RequestFacts
  private let pieces: TextPieces
  private let chunks: ChatChunks
  private let lead: [Event]
  private let tail: [Event]

  let endsWithDone = true
  var count: Int { lead.count + textCount + tail.count }

  init(scenario: Scenario, facts: RequestFacts) {
    self.scenario = scenario
    self.facts = facts
    pieces = TextPieces(scenario: scenario, echoed: facts.lastText)
    chunks = ChatChunks(scenario: scenario, facts: facts)
    lead = chunks.lead
    tail = chunks.tail(textCount: pieces.count)
  }

  /// Text events; every choice gets its share in turn.
  private var textCount: Int { scenario.hasText ? pieces.count : 0 }

  func event(_ index: Int, now: UInt64) -> Event {
    if index < lead.count { return lead[index] }
    let piece = index - lead.count
    if piece >= textCount { return tail[piece - textCount] }
    let field = scenario.refusal ? "refusal" : "content"
    let text = quoted(pieces.piece(piece, now: now))
    let logprobs = facts.logprobs ? Logprobs.chat([pieces.piece(piece, now: now)]) : "null"
    return chunks.chunk(
      choice: piece % scenario.choices, delta: #"{"\#(field)":\#(text)}"#, logprobs: logprobs)
  }

  func failure(number: Int) -> Event { chunks.failure }

  /// The blocking object.
  func object(now: UInt64) -> String {
    let choices = (0..<scenario.choices).map { choice in
      let finish = quoted(scenario.effectiveFinish.rawValue)
      return #"""
        {"index":\#(choice),"message":\#(message(now: now)),"logprobs":\#(logprobs(now: now)),\#
        "finish_reason":\#(finish)}
        """#
    }
    return #"""
      {"id":"chatcmpl-\#(facts.idTail)","object":"chat.completion","created":\#(createdSeconds),\#
      "model":\#(quoted(facts.model)),"choices":[\#(choices.joined(separator: ","))],\#
      "usage":\#(Usage(scenario, facts, output: pieces.count).chat),"service_tier":"default",\#
      "system_fingerprint":"fp_mock"}
      """#
  }

  private func logprobs(now: UInt64) -> String {
    facts.logprobs && scenario.hasText ? Logprobs.chat(pieces.all(now: now)) : "null"
  }

  private func message(now: UInt64) -> String {
    let text = quoted(pieces.whole(now: now))
    let content = !scenario.hasText || scenario.refusal ? "null" : text
    let refusal = scenario.refusal ? text : "null"
    let reasoning = scenario.reasoning ? #","reasoning_content":"thinking it over""# : ""
    let calls = ToolCall.all(scenario, facts).map(\.chatObject)
    let tools = calls.isEmpty ? "" : #","tool_calls":[\#(calls.joined(separator: ","))]"#
    return #"""
      {"role":"assistant","content":\#(content),"refusal":\#(refusal),"annotations":[]\#(reasoning)\#(tools)}
      """#
  }
}

/// Builds single chunks of a chat stream.
struct ChatChunks: Sendable {
  private let scenario: Scenario
  private let facts: RequestFacts
  private let wantsUsage: Bool
  /// Everything before the choices; the same in all chunks, so it is made once.
  private let start: String

  init(scenario: Scenario, facts: RequestFacts) {
    self.scenario = scenario
    self.facts = facts
    wantsUsage = scenario.usage || facts.includeUsage
    start = #"""
      {"id":"chatcmpl-\#(facts.idTail)","object":"chat.completion.chunk","created":\#(createdSeconds),\#
      "model":\#(quoted(facts.model)),"system_fingerprint":"fp_mock","choices":[
      """#
  }

  /// Role chunks and reasoning.
  var lead: [Event] {
    var events = (0..<scenario.choices).map {
      let content = scenario.hasText ? #""""# : "null"
      return chunk(choice: $0, delta: #"{"role":"assistant","content":\#(content),"refusal":null}"#)
    }
    if scenario.reasoning {
      events += ["thinking ", "it over"].map { chunk(choice: 0, delta: #"{"reasoning_content":"\#($0)"}"#) }
    }
    return events
  }

  /// Tool-call deltas, finish chunks and the usage chunk.
  func tail(textCount: Int) -> [Event] {
    let deltas = ToolCall.all(scenario, facts).flatMap(\.chatDeltas)
    var events = deltas.map { chunk(choice: 0, delta: #"{"tool_calls":[\#($0)]}"#) }
    guard !scenario.noFinish else { return events }
    let finish = quoted(scenario.effectiveFinish.rawValue)
    events += (0..<scenario.choices).map { chunk(choice: $0, delta: "{}", finish: finish) }
    if wantsUsage {
      events.append(envelope(choices: "", usage: Usage(scenario, facts, output: textCount).chat))
    }
    return events
  }

  /// The error event, in the scenario's form.
  var failure: Event {
    let error = ErrorAnswer.inBand(scenario)
    let nested = #"{"error":\#(error)}"#
    switch scenario.errorForm {
    case .nested: return Event(data: nested)
    case .event: return Event(name: "error", data: nested)
    case .string: return Event(data: #"{"error":"\#(ErrorAnswer.inBandMessage)"}"#)
    case .bare: return Event(data: nested, isBare: true)
    case .chunk:
      let choice = #"{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"error"}"#
      return Event(data: start + choice + #"],"error":\#(error)}"#)
    }
  }

  func chunk(choice: Int, delta: String, logprobs: String = "null", finish: String = "null") -> Event {
    envelope(
      choices: #"{"index":\#(choice),"delta":\#(delta),"logprobs":\#(logprobs),"finish_reason":\#(finish)}"#,
      usage: wantsUsage ? "null" : nil)
  }

  private func envelope(choices: String, usage: String?) -> Event {
    let end = usage.map { #"],"usage":\#($0)}"# } ?? "]}"
    return Event(data: start + choices + end)
  }
}
