import Wire

/// Token counts as an upstream reported them; nil where it did not say.
package struct TokenUsage: Equatable, Sendable {
  /// All input tokens, cached ones included.
  package var prompt: Int?
  /// All output tokens, reasoning ones included.
  package var completion: Int?
  /// The sum, as the upstream gave it.
  package var total: Int?
  /// The input tokens that came from a cache.
  package var cached: Int?
  /// The output tokens that were spent on hidden reasoning.
  package var reasoning: Int?

  package init(
    prompt: Int? = nil, completion: Int? = nil, total: Int? = nil, cached: Int? = nil, reasoning: Int? = nil
  ) {
    self.prompt = prompt
    self.completion = completion
    self.total = total
    self.cached = cached
    self.reasoning = reasoning
  }

  /// The counts in a `usage` object of chat, completions, embeddings or responses, vendor spellings of the cached
  /// part included; nil when `value` is no object.
  package static func read(_ value: JSONValue?, in bytes: Span<UInt8>) -> TokenUsage? {
    guard let value, value.kind == .object else { return nil }
    var usage = TokenUsage()
    var otherCached: Int?
    var cursor = JSONCursor(value.range, in: bytes)
    while let member = cursor.nextMember(in: bytes) {
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: bytes, means: name) }
      switch member.value.kind {
      case .number:
        if isNamed("prompt_tokens") || isNamed("input_tokens") {
          usage.prompt = count(member.value, in: bytes)
        } else if isNamed("completion_tokens") || isNamed("output_tokens") {
          usage.completion = count(member.value, in: bytes)
        } else if isNamed("total_tokens") {
          usage.total = count(member.value, in: bytes)
        } else if isNamed("prompt_cache_hit_tokens") || isNamed("cached_tokens") {
          otherCached = count(member.value, in: bytes)
        }
      case .object:
        if isNamed("prompt_tokens_details") || isNamed("input_tokens_details") {
          usage.cached = count(JSONPick.member("cached_tokens", of: member.value.range, in: bytes), in: bytes)
        } else if isNamed("completion_tokens_details") || isNamed("output_tokens_details") {
          usage.reasoning = count(JSONPick.member("reasoning_tokens", of: member.value.range, in: bytes), in: bytes)
        }
      case .array, .string, .true, .false, .null: break
      }
    }
    usage.cached = usage.cached ?? otherCached
    return usage
  }

  /// The sum: as the upstream gave it, else of what it did give.
  var sum: Int {
    let (sum, isTooMuch) = (prompt ?? 0).addingReportingOverflow(completion ?? 0)
    return total ?? (isTooMuch ? .max : sum)
  }

  /// A whole number that is not negative.
  private static func count(_ value: JSONValue?, in bytes: Span<UInt8>) -> Int? {
    JSONPick.integer(value, in: bytes).flatMap { $0 >= 0 ? $0 : nil }
  }
}
