import Policy

/// What upstreams call a request that is too long for the model, or that their filters object to. OpenAI has codes for
/// both; others have a type or words of their own.
extension PeekedError {
  /// Codes and types: OpenAI and Groq, llama.cpp.
  private static let lengthCodes: Set<String> = [
    "context_length_exceeded", "exceed_context_size_error", "context_window_exceeded", "request_too_large",
  ]
  /// Codes and types: OpenAI, Azure, OpenAI responses.
  private static let filterCodes: Set<String> = [
    "content_filter", "content_policy_violation", "responsibleaipolicyviolation", "invalid_prompt",
    "moderation_blocked",
  ]
  /// Words in messages, lower case: vLLM and SGLang, Anthropic, Gemini, Mistral, Ollama and others.
  private static let lengthPhrases = [
    "maximum context length", "context length", "context window", "prompt is too long", "exceeds the maximum number of",
    "exceeds the available context", "too many tokens", "prompt too long", "input is too long",
  ]

  /// What an error with this status refuses the request for; nil for anything else.
  package func refusal(status: Int) -> UpstreamAnswer.Refusal? {
    guard status == 400 || status == 413 || status == 422 else { return nil }
    let names = [code, type].compactMap { $0?.lowercased() }
    if names.contains(where: Self.lengthCodes.contains) { return .contextLength }
    if names.contains(where: Self.filterCodes.contains) { return .contentFilter }
    guard let message = message?.lowercased() else { return nil }
    return Self.lengthPhrases.contains { message.contains($0) } ? .contextLength : nil
  }
}
