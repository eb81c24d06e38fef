import Wire

/// Prepares a request of `converse`: what was said so far, what is answered, and what of it is stored.
struct Stage {
  var request: MockRequest
  var scenario: Scenario
  /// What a native upstream stores of it.
  private(set) var stored: ResponseMemory.Stored?
  /// Instead of an answer.
  private(set) var refusal: Reply?

  init(_ request: MockRequest, scenario: Scenario, memory: ResponseMemory, now: UInt64) {
    self.request = request
    self.scenario = scenario
    guard scenario.converse, let root = try? JSONTree.parse(request.body.span) else { return }
    switch Endpoint(method: request.method, path: request.path) {
    case .chat: play(Conversation(chat: root))
    case .responses: respond(root, memory: memory, now: now)
    case .completions, .embeddings, .moderations, .models, .model, .speech, .transcription, .images, .fileUpload,
      .fileList, .file, .fileContent, .response, .responseCancel, .responseItems, .other:
      break
    }
  }

  private mutating func play(_ conversation: Conversation) {
    let scene = Scene(conversation, scenario: scenario)
    scenario = scene.scenario
    request.facts.calls = scene.calls
    request.facts.turnCount = conversation.turns.count
  }

  private mutating func respond(_ root: JSONTree, memory: ResponseMemory, now: UInt64) {
    var history: [JSONTree] = []
    if let previous = root["previous_response_id"]?.stringValue {
      guard let earlier = memory.find(previous, key: request.facts.key) else {
        let message = "Previous response with id '\(previous)' not found."
        let code = "previous_response_not_found"
        refusal = StoredReplies.error(message, status: 400, code: code, param: "previous_response_id")
        return
      }
      history = earlier.items
    }
    play(Conversation(responses: root, history: history))
    request.facts.request = root
    request.facts.serial = memory.nextSerial()
    guard root["store"]?.boolValue ?? true else { return }
    let input = Conversation.items(of: root["input"]).enumerated().map { identified($1, number: $0) }
    stored = ResponseMemory.Stored(
      scenario: scenario, facts: request.facts, input: input, history: history + input, beganAt: now)
  }

  /// An item of the input as it is listed: with type, id and status, its text as a part.
  private func identified(_ item: JSONTree, number: Int) -> JSONTree {
    guard case .object(var members) = item else { return item }
    if let text = item["content"]?.stringValue {
      let type = item["role"]?.stringValue == "assistant" ? "output_text" : "input_text"
      let part = JSONTree.object([.init("type", .string(type)), .init("text", .string(text))])
      members = members.filter { $0.name != "content" } + [.init("content", .array([part]))]
    }
    func add(_ name: String, _ value: String) {
      if item[name] == nil { members.append(.init(name, .string(value))) }
    }
    add("type", "message")
    add("id", "item_\(request.facts.idTail)_\(number)")
    add("status", "completed")
    return .object(members)
  }
}
