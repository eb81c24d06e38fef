import Wire

/// What a scenario with `converse` answers: chosen by what was said last, the same in every API.
struct Scene {
  var scenario: Scenario
  var calls: [ToolCall] = []

  /// The words of a question that have a meaning, for the help text.
  static let words = "recall, think, refuse, long, filter, count, weather"

  init(_ conversation: Conversation, scenario: Scenario) {
    self.scenario = scenario
    let results = conversation.results
    if !results.isEmpty {
      say("The tools say: " + results.map(\.text).joined(separator: "; "))
    } else if conversation.mayCall, !conversation.tools.isEmpty,
      conversation.required != nil || conversation.question.contains("weather")
    {
      call(conversation)
    } else {
      answer(conversation)
    }
  }

  private mutating func answer(_ conversation: Conversation) {
    let question = conversation.question
    if question.contains("recall") {
      say(conversation.summary)
    } else if question.contains("think") {
      scenario.reasoning = true
      say("I have thought about it.")
    } else if question.contains("refuse") {
      scenario.refusal = true
      say("I will not do that.")
    } else if question.contains("long") {
      scenario.finish = .length
      say("This goes on and on and")
    } else if question.contains("filter") {
      scenario.finish = .contentFilter
      say("This is not")
    } else if question.contains("count") {
      // As many words as the model name says.
    } else if conversation.hasSchema {
      scenario.json = true
    } else if conversation.turns.last?.hasImage == true {
      say("I see \(question)")
    } else {
      say("You said: \(question)")
    }
  }

  private mutating func say(_ text: String) {
    scenario.text = text
  }

  /// Calls two at once where that is allowed. A question that says `please` gets a sentence first.
  private mutating func call(_ conversation: Conversation) {
    let wanted = conversation.required.flatMap { name in conversation.tools.first { $0.name == name } }
    guard let tool = wanted ?? conversation.tools.first else { return }
    let first = conversation.callCount
    let count = conversation.parallel && !tool.isCustom && !tool.takesInput ? 2 : 1
    calls = (0..<count).map { ToolCall($0, callID: "call_mock\(first + $0)", of: tool) }
    scenario.tools = count
    scenario.reasoning = scenario.reasoning || conversation.question.contains("think")
    if conversation.question.contains("please") {
      scenario.commentary = true
      say("Let me look.")
    }
  }
}
