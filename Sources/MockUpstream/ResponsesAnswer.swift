/// Answers of `POST /v1/responses`: the events in their legal order and the blocking object.
struct ResponsesAnswer: EventSource {
  private let scenario: Scenario
  private let facts: RequestFacts
  private let pieces: TextPieces
  private let textCount: Int
  /// Everything before the text deltas, and everything after; built when asked for, since the end repeats the text.
  private let lead: [Event]
  private let tailCount: Int

  let endsWithDone = false
  var count: Int { lead.count + textCount + tailCount }

  init(scenario: Scenario, facts: RequestFacts) {
    self.scenario = scenario
    self.facts = facts
    pieces = TextPieces(scenario: scenario, echoed: facts.lastText)
    textCount = scenario.hasText ? pieces.count : 0
    let items = ResponsesItems(scenario: scenario, facts: facts)
    lead = items.lead
    // Counting does not need the text, which may be long.
    let ending = items.ending(text: "", tokens: [], status: "completed").count
    tailCount = ending + (scenario.noFinish ? 0 : 1)
  }

  func event(_ index: Int, now: UInt64) -> Event {
    var event: Event
    if index < lead.count {
      event = lead[index]
    } else if index < lead.count + textCount {
      event = delta(pieces.piece(index - lead.count, now: now))
    } else {
      event = tail(now: now)[index - lead.count - textCount]
    }
    event.data = numbered(event.data, index)
    return event
  }

  func failure(number: Int) -> Event {
    Event(
      name: "error",
      data: numbered(#"{"type":"error","error":\#(ErrorAnswer.inBand(scenario))}"#, number))
  }

  /// The blocking object.
  func object(now: UInt64) -> String {
    let items = ResponsesItems(scenario: scenario, facts: facts)
    return items.response(
      status: status, text: pieces.whole(now: now), tokens: facts.logprobs ? pieces.all(now: now) : [],
      pieceCount: pieces.count)
  }

  /// The object while nothing of the output is there.
  func unfinished(_ status: String) -> String {
    ResponsesItems(scenario: scenario, facts: facts).response(status: status, text: nil, pieceCount: 0)
  }

  private var status: String {
    if scenario.failed { return "failed" }
    switch scenario.effectiveFinish {
    case .stop, .toolCalls: return "completed"
    case .length, .contentFilter: return "incomplete"
    }
  }

  private func delta(_ piece: String) -> Event {
    let items = ResponsesItems(scenario: scenario, facts: facts)
    let logprobs = scenario.refusal ? "" : #","logprobs":\#(items.logprobs([piece]))"#
    return items.part("response.\(items.partKind).delta", #""delta":\#(quoted(piece))\#(logprobs)"#)
  }

  private func tail(now: UInt64) -> [Event] {
    let items = ResponsesItems(scenario: scenario, facts: facts)
    let text = pieces.whole(now: now)
    let tokens = facts.logprobs ? pieces.all(now: now) : []
    var events = items.ending(text: text, tokens: tokens, status: status)
    let response = items.response(status: status, text: text, tokens: tokens, pieceCount: pieces.count)
    events.append(items.event("response.\(status)", #""response":\#(response)"#))
    return events
  }

  /// Puts `sequence_number` behind the opening brace.
  private func numbered(_ data: String, _ number: Int) -> String {
    #"{"sequence_number":\#(number),"# + data.dropFirst()
  }
}
