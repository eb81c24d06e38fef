import Policy
import Wire

extension ResponsesRequest {
  /// The body of the chat request that asks for the same.
  ///
  /// - Parameters:
  ///   - history: the items of earlier turns, oldest first.
  ///   - model: what the upstream calls the model.
  ///   - stream: whether the upstream is asked for a stream, whatever the client wants.
  /// - Throws: `.unsupportedParameter` for an item or part that the chat API cannot express, `.invalidValue` for calls
  ///   and outputs that do not fit together. What is wrong with the history is blamed on `previous_response_id`, or on
  ///   `conversation`.
  package func chatBody(
    history: [JSONTree] = [], model: String, stream: Bool, _ capabilities: ChatCapabilities
  ) throws(Failure) -> [UInt8] {
    var turns = ChatTurns(capabilities)
    if let instructions, !instructions.isEmpty { turns.addInstructions(instructions) }
    let source = conversationID == nil ? "previous_response_id" : "conversation"
    try turns.add(
      history.map { ItemPlace(item: $0, path: source, isHistory: true) }
        + input.enumerated().map { ItemPlace(item: $1, path: "input[\($0)]", isHistory: false) })
    guard !turns.messages.isEmpty else { throw .missing("input") }

    var writer = JSONWriter(capacity: 4096)
    writer.beginObject()
    writer.member("model", model)
    writer.key("messages")
    writer.beginArray()
    for message in turns.messages { message.write(to: &writer, capabilities) }
    writer.endArray()
    if stream {
      writer.member("stream", true)
      if capabilities.acceptsStreamOptions {
        writer.member("stream_options", raw: Array(#"{"include_usage":true}"#.utf8))
      }
    }
    if tools.write(to: &writer, capabilities) { writeMember("parallel_tool_calls", to: &writer) }
    writeOptions(to: &writer, capabilities)
    writer.endObject()
    return writer.bytes
  }

  private func writeOptions(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) {
    writeMember("max_output_tokens", as: capabilities.maxTokensField.rawValue, to: &writer)
    if let format {
      writer.key("response_format")
      format.write(to: &writer)
    }
    if let effort = body["reasoning"]?["effort"]?.stringValue { writer.member("reasoning_effort", effort) }
    if includesLogprobs {
      writer.member("logprobs", true)
      writeMember("top_logprobs", to: &writer)
    }
    if capabilities.knowsOpenAIFields {
      for name in ChatFields.openAI { writeMember(name, to: &writer) }
      if let verbosity = body["text"]?["verbosity"]?.stringValue { writer.member("verbosity", verbosity) }
    }
    for member in body.members(without: ChatFields.consumed) where member.value != .null {
      writer.key(member.name)
      member.value.write(to: &writer)
    }
  }

  /// Writes the body's member `name`, if it has one that is not null.
  private func writeMember(_ name: String, as other: String? = nil, to writer: inout JSONWriter) {
    guard let value = body.given(name) else { return }
    writer.key(other ?? name)
    value.write(to: &writer)
  }
}
