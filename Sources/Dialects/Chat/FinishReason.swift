import Wire

/// Why a choice ended, as far as the gateway tells reasons apart.
package enum FinishReason: String, CaseIterable, Sendable {
  case stop
  case length
  case toolCalls = "tool_calls"
  case contentFilter = "content_filter"
  case functionCall = "function_call"
  /// Any other reason an upstream gave.
  case other

  /// Reads the value of `finish_reason`; nil for null, and for the empty and `"null"` strings of some servers.
  static func read(_ value: JSONValue?, in bytes: Span<UInt8>) -> FinishReason? {
    guard let value, value.kind == .string, !value.contents.isEmpty else { return nil }
    func means(_ text: StaticString) -> Bool { JSONString.key(value.contents, in: bytes, means: text) }
    if means("null") { return nil }
    if means("stop") { return .stop }
    if means("length") { return .length }
    if means("tool_calls") { return .toolCalls }
    if means("content_filter") { return .contentFilter }
    return means("function_call") ? .functionCall : .other
  }
}

/// A choice that has ended.
package struct ChoiceFinish: Equatable, Sendable {
  /// The choice's index.
  package var index: Int
  /// Why it ended.
  package var reason: FinishReason
}
