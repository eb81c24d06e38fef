import Wire

/// What the `finish_reason` of a chat answer means for a response, vendors' spellings included.
enum FinishOutcome: Equatable, Sendable {
  case completed
  case incomplete(reason: String)
  /// The upstream gave up, for the reason that it spelled so.
  case failed(String)

  private static let lengths: [StaticString] = ["length", "max_tokens", "MAX_TOKENS", "model_length"]
  private static let filters: [StaticString] = ["content_filter", "SAFETY", "sensitive", "refusal"]
  private static let failures: [StaticString] = [
    "error", "insufficient_system_resource", "network_error", "abort",
  ]

  /// Reads the value of `finish_reason`; nil for null and what stands for it.
  static func read(_ value: JSONValue?, in bytes: Span<UInt8>) -> FinishOutcome? {
    guard let value, FinishReason.read(value, in: bytes) != nil else { return nil }
    func isOne(of names: [StaticString]) -> Bool {
      names.contains { JSONString.key(value.contents, in: bytes, means: $0) }
    }
    if isOne(of: lengths) { return .incomplete(reason: "max_output_tokens") }
    if isOne(of: filters) { return .incomplete(reason: "content_filter") }
    return isOne(of: failures) ? .failed(JSONString.decode(value.contents, in: bytes)) : .completed
  }
}
