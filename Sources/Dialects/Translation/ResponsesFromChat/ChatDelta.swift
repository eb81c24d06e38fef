import Wire

/// The members of a delta, or of a whole message, found in a single walk over it. Names are expected in their plain
/// spelling.
struct ChatDelta {
  var content: JSONValue?
  var refusal: JSONValue?
  var reasoningContent: JSONValue?
  var reasoning: JSONValue?
  var reasoningDetails: JSONValue?
  var toolCalls: JSONValue?
  var functionCall: JSONValue?
  var annotations: JSONValue?

  init(of object: Range<Int>, in bytes: Span<UInt8>) {
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes) { note(member, in: bytes) }
  }

  /// Sorts a member in by its name; the length tells most names apart.
  private mutating func note(_ member: JSONMember, in bytes: Span<UInt8>) {
    func isNamed(_ name: StaticString) -> Bool { bytes.equals(name, in: member.key) }
    switch member.key.count {
    case 7 where isNamed("content"): content = member.value
    case 7 where isNamed("refusal"): refusal = member.value
    case 9 where isNamed("reasoning"): reasoning = member.value
    case 10 where isNamed("tool_calls"): toolCalls = member.value
    case 11 where isNamed("annotations"): annotations = member.value
    case 13 where isNamed("function_call"): functionCall = member.value
    case 17 where isNamed("reasoning_content"): reasoningContent = member.value
    case 17 where isNamed("reasoning_details"): reasoningDetails = member.value
    default: break
    }
  }

  /// The reasoning, of which some servers say the same under two names: the first that has any counts.
  var reasoningText: JSONValue? { Self.text(reasoningContent) ?? Self.text(reasoning) }

  private static func text(_ value: JSONValue?) -> JSONValue? {
    guard let value, value.kind == .string, !value.contents.isEmpty else { return nil }
    return value
  }
}
