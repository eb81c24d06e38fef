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

  /// Text events: none when the answer is tool calls; every choice gets its share in turn.
  private var textCount: Int { scenario.tools > 0 ? 0 : pieces.count }

  func event(_ index: Int, now: UInt64) -> Event {
    if index < lead.count { return lead[index] }
    let piece = index - lead.count
    if piece >= textCount { return tail[piece - textCount] }
    let field = scenario.refusal ? "refusal" : "content"
    let text = quoted(pieces.piece(piece, now: now))
    return chunks.chunk(choice: piece % scenario.choices, delta: #"{"\#(field)":\#(text)}"#)
  }

  func failure(number: Int) -> Event { chunks.failure }

  /// The blocking object.
  func object(now: UInt64) -> String {
    let choices = (0..<scenario.choices).map { choice in
      let finish = quoted(scenario.effectiveFinish.rawValue)
      return #"{"index":\#(choice),"message":\#(message(now: now)),"logprobs":null,"finish_reason":\#(finish)}"#
    }
    return #"""
      {"id":"chatcmpl-\#(facts.idTail)","object":"chat.completion","created":\#(createdSeconds),\#
      "model":\#(quoted(facts.model)),"choices":[\#(choices.joined(separator: ","))],\#
      "usage":\#(Usage.chat(output: pieces.count)),"service_tier":"default","system_fingerprint":null}
      """#
  }

  private func message(now: UInt64) -> String {
    let text = quoted(pieces.whole(now: now))
    let content = scenario.tools > 0 || scenario.refusal ? "null" : text
    let refusal = scenario.refusal ? text : "null"
    let reasoning = scenario.reasoning ? #","reasoning_content":"thinking it over""# : ""
    let calls = (0..<scenario.tools).map { ToolCall($0).chatObject }
    let tools = calls.isEmpty ? "" : #","tool_calls":[\#(calls.joined(separator: ","))]"#
    return #"""
      {"role":"assistant","content":\#(content),"refusal":\#(refusal),"annotations":[]\#(reasoning)\#(tools)}
      """#
  }
}

/// Builds single chunks of a chat stream.
struct ChatChunks: Sendable {
  private let scenario: Scenario
  private let wantsUsage: Bool
  /// Everything before the choices; the same in all chunks, so it is made once.
  private let start: String

  init(scenario: Scenario, facts: RequestFacts) {
    self.scenario = scenario
    wantsUsage = scenario.usage || facts.includeUsage
    start = #"""
      {"id":"chatcmpl-\#(facts.idTail)","object":"chat.completion.chunk","created":\#(createdSeconds),\#
      "model":\#(quoted(facts.model)),"system_fingerprint":null,"choices":[
      """#
  }

  /// Role chunks, reasoning and tool-call deltas.
  var lead: [Event] {
    var events = (0..<scenario.choices).map {
      let content = scenario.tools > 0 ? "null" : #""""#
      return chunk(choice: $0, delta: #"{"role":"assistant","content":\#(content),"refusal":null}"#)
    }
    if scenario.reasoning {
      events += ["thinking ", "it over"].map { chunk(choice: 0, delta: #"{"reasoning_content":"\#($0)"}"#) }
    }
    for index in 0..<scenario.tools {
      events += ToolCall(index).chatDeltas.map { chunk(choice: 0, delta: #"{"tool_calls":[\#($0)]}"#) }
    }
    return events
  }

  /// Finish chunks and the usage chunk.
  func tail(textCount: Int) -> [Event] {
    guard !scenario.noFinish else { return [] }
    let finish = quoted(scenario.effectiveFinish.rawValue)
    var events = (0..<scenario.choices).map { chunk(choice: $0, delta: "{}", finish: finish) }
    if wantsUsage {
      events.append(envelope(choices: "", usage: Usage.chat(output: textCount)))
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

  func chunk(choice: Int, delta: String, finish: String = "null") -> Event {
    envelope(
      choices: #"{"index":\#(choice),"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}"#,
      usage: wantsUsage ? "null" : nil)
  }

  private func envelope(choices: String, usage: String?) -> Event {
    let end = usage.map { #"],"usage":\#($0)}"# } ?? "]}"
    return Event(data: start + choices + end)
  }
}

/// The tool call of one number, in the forms of both dialects.
struct ToolCall {
  let index: Int
  let callID: String
  let name = "get_weather"
  /// JSON in the fragments in which it is streamed.
  let fragments: [String]

  init(_ index: Int) {
    self.index = index
    callID = "call_mock\(index)"
    fragments = [#"{"city":"#, #""City \#(index)""#, "}"]
  }

  var arguments: String { fragments.joined() }

  var chatObject: String {
    let function = #"{"name":"\#(name)","arguments":\#(quoted(arguments))}"#
    return #"{"id":"\#(callID)","type":"function","function":\#(function)}"#
  }

  /// The first delta carries id, type and name, the others only arguments.
  var chatDeltas: [String] {
    let function = #"{"name":"\#(name)","arguments":""}"#
    let first = #"{"index":\#(index),"id":"\#(callID)","type":"function","function":\#(function)}"#
    return [first] + fragments.map { #"{"index":\#(index),"function":{"arguments":\#(quoted($0))}}"# }
  }
}

/// Usage objects; the numbers are fixed but for the output, which counts the pieces of text.
enum Usage {
  static func chat(output: Int) -> String {
    #"""
    {"prompt_tokens":9,"completion_tokens":\#(output),"total_tokens":\#(9 + output),\#
    "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\#
    "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\#
    "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
    """#
  }

  static func responses(output: Int) -> String {
    #"""
    {"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":\#(output),\#
    "output_tokens_details":{"reasoning_tokens":0},"total_tokens":\#(9 + output)}
    """#
  }
}
