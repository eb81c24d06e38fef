/// The top-level names of a responses request, sorted by what becomes of them in a chat request.
enum ChatFields {
  /// Names that the gateway has read and that have been answered in another way: with a field of another name, with
  /// state of its own, or by leaving out what only affects quality.
  static let consumed: Set<String> = [
    "model", "input", "instructions", "previous_response_id", "conversation", "store", "background", "stream",
    "stream_options", "include", "max_output_tokens", "max_tool_calls", "parallel_tool_calls", "tools", "tool_choice",
    "text", "reasoning", "top_logprobs", "truncation", "context_management", "prompt", "metadata", "moderation",
    "image",
    "access_programs", "fallbacks", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
    "safety_identifier",
  ]

  /// Names that the chat request has from elsewhere.
  static let reserved: [String] = [
    "messages", "n", "max_tokens", "max_completion_tokens", "response_format", "reasoning_effort", "functions",
    "function_call", "logprobs", "modalities", "audio",
  ]

  /// Those of the consumed ones that OpenAI's chat API has under the same name.
  static let openAI = ["prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier"]
}
