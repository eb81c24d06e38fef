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
    func count(_ names: StaticString...) -> Int? {
      JSONPick.integer(JSONPick.path(names, of: value.range, in: bytes), in: bytes).flatMap { $0 >= 0 ? $0 : nil }
    }
    let cached =
      count("prompt_tokens_details", "cached_tokens") ?? count("input_tokens_details", "cached_tokens")
      ?? count("prompt_cache_hit_tokens") ?? count("cached_tokens")
    let reasoning =
      count("completion_tokens_details", "reasoning_tokens") ?? count("output_tokens_details", "reasoning_tokens")
    return TokenUsage(
      prompt: count("prompt_tokens") ?? count("input_tokens"),
      completion: count("completion_tokens") ?? count("output_tokens"), total: count("total_tokens"),
      cached: cached, reasoning: reasoning)
  }
}
