/// What an upstream's chat API takes, as far as upstreams differ. The defaults suit third-party servers.
package struct ChatCapabilities: Equatable, Sendable {
  /// How the limit of output tokens is spelled; the two are not interchangeable, and never sent together.
  package enum MaxTokensField: String, CaseIterable, Sendable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  /// Which ids of tool calls are taken.
  package enum CallIDForm: String, CaseIterable, Sendable {
    /// Any of at most 40 characters; longer ones are replaced by a digest.
    case upTo40 = "any"
    /// Exactly nine letters and digits (Mistral); others are replaced by a digest.
    case nineAlphanumeric = "nine"
  }

  /// The name of the limit of output tokens.
  package var maxTokensField = MaxTokensField.maxTokens
  /// Whether the role `developer` is known; else its messages are `system` ones.
  package var knowsDeveloperRole = false
  /// Whether custom tools are known; else they become functions with one string parameter, `input`.
  package var nativeCustomTools = false
  /// Whether `tool_choice` may list allowed tools; else the others are left out of `tools`.
  package var nativeAllowedTools = false
  /// Whether tool messages may have images and files; else these follow in a user message.
  package var toolMessageParts = false
  /// Whether an assistant's `refusal` is a field of its own; else it is sent as what the assistant said.
  package var nativeRefusals = false
  /// Whether the reasoning of a message that called tools goes back with it, as `reasoning_content`: DeepSeek and Kimi
  /// insist on it, others pass over it.
  package var wantsReasoningBack = true
  /// Whether `stream_options` is known; without it a stream may have no usage.
  package var acceptsStreamOptions = true
  /// Whether fields are known that other servers may refuse and that change no answer: `verbosity`, `prompt_cache_*`,
  /// `safety_identifier`.
  package var knowsOpenAIFields = false
  /// Which ids of tool calls are taken.
  package var callIDs = CallIDForm.upTo40

  /// A third-party server.
  package init() {}

  /// OpenAI's own API.
  package static var openAI: ChatCapabilities {
    var capabilities = ChatCapabilities()
    capabilities.maxTokensField = .maxCompletionTokens
    capabilities.knowsDeveloperRole = true
    capabilities.nativeCustomTools = true
    capabilities.nativeAllowedTools = true
    capabilities.nativeRefusals = true
    capabilities.wantsReasoningBack = false
    capabilities.knowsOpenAIFields = true
    return capabilities
  }
}
