import Wire

/// A call about what is stored: answered from the store, or by the upstream that keeps it.
enum StateCall: Equatable {
  case response(String)
  case deleteResponse(String)
  case cancelResponse(String)
  case inputItems(String)
  /// Something else about a response, which only an upstream can answer.
  case otherOfResponse(String)
  /// A call like the one that makes a response, which only an upstream can answer: `input_tokens`, `compact`.
  case likeResponse
  /// Something about all responses, such as a list of them, which only an upstream can answer.
  case allResponses
  case createConversation
  case conversation(String)
  case changeConversation(String)
  case deleteConversation(String)
  case conversationItems(String)
  case addItems(String)
  case conversationItem(String, item: String)
  case deleteItem(String, item: String)
  /// Something else about a conversation.
  case otherOfConversation(String)

  enum Match: Equatable {
    case found(StateCall)
    /// The path is one of these calls', but not with this method.
    case wrongMethod(allow: String)
  }

  /// Whether the first segment of a path is meant for these calls, or for making responses, in a spelling of its own.
  static func looksLike(_ segment: String) -> Bool {
    let lowered = segment.lowercased()
    return (lowered.hasPrefix("responses") || lowered.hasPrefix("conversations")) && segment != "responses"
  }

  /// The call that a method and the segments of a path below `/v1` make: `responses` with more behind it, or
  /// `conversations`.
  static func match(_ method: HTTPMethod, _ segments: [String]) -> Match {
    let ids = segments.map(PercentCoding.decode)
    switch (segments[0], segments.count) {
    case ("responses", 1): return .found(.allResponses)
    case ("responses", 2) where method == .post && ["input_tokens", "compact"].contains(segments[1]):
      return .found(.likeResponse)
    case ("responses", 2): return choose(method, [(.get, .response(ids[1])), (.delete, .deleteResponse(ids[1]))])
    case ("responses", 3) where segments[2] == "cancel": return choose(method, [(.post, .cancelResponse(ids[1]))])
    case ("responses", 3) where segments[2] == "input_items": return choose(method, [(.get, .inputItems(ids[1]))])
    case ("responses", _): return .found(.otherOfResponse(ids[1]))
    case (_, 1): return choose(method, [(.post, .createConversation)])
    case (_, 2):
      return choose(
        method,
        [
          (.get, .conversation(ids[1])), (.post, .changeConversation(ids[1])), (.delete, .deleteConversation(ids[1])),
        ])
    case (_, 3) where segments[2] == "items":
      return choose(method, [(.get, .conversationItems(ids[1])), (.post, .addItems(ids[1]))])
    case (_, 4) where segments[2] == "items":
      return choose(
        method,
        [(.get, .conversationItem(ids[1], item: ids[3])), (.delete, .deleteItem(ids[1], item: ids[3]))])
    default: return .found(.otherOfConversation(ids[1]))
    }
  }

  private static func choose(_ method: HTTPMethod, _ calls: [(method: HTTPMethod, call: StateCall)]) -> Match {
    if let call = calls.first(where: { $0.method == method }) { return .found(call.call) }
    return .wrongMethod(allow: calls.map { $0.method.spelling ?? "" }.joined(separator: ", "))
  }
}
