/// Answers of the older `POST /v1/completions`: chunks and the blocking object have one shape.
struct CompletionAnswer: EventSource {
  private let scenario: Scenario
  private let facts: RequestFacts
  private let pieces: TextPieces

  let endsWithDone = true
  var count: Int { pieces.count + (scenario.noFinish ? 0 : 1) }

  init(scenario: Scenario, facts: RequestFacts) {
    self.scenario = scenario
    self.facts = facts
    pieces = TextPieces(scenario: scenario, echoed: facts.lastText)
  }

  func event(_ index: Int, now: UInt64) -> Event {
    index < pieces.count
      ? Event(data: object(text: pieces.piece(index, now: now), finish: "null", usage: nil))
      : Event(data: object(text: "", finish: quoted(scenario.effectiveFinish.rawValue), usage: nil))
  }

  func failure(number: Int) -> Event {
    Event(data: #"{"error":\#(ErrorAnswer.inBand(scenario))}"#)
  }

  /// The blocking object.
  func object(now: UInt64) -> String {
    object(
      text: pieces.whole(now: now), finish: quoted(scenario.effectiveFinish.rawValue),
      usage: #"{"prompt_tokens":9,"completion_tokens":\#(pieces.count),"total_tokens":\#(9 + pieces.count)}"#)
  }

  private func object(text: String, finish: String, usage: String?) -> String {
    let usageMember = usage.map { #","usage":\#($0)"# } ?? ""
    return #"""
      {"id":"cmpl-\#(facts.idTail)","object":"text_completion","created":\#(createdSeconds),\#
      "model":\#(quoted(facts.model)),"choices":[{"index":0,"text":\#(quoted(text)),"logprobs":null,\#
      "finish_reason":\#(finish)}]\#(usageMember)}
      """#
  }
}
