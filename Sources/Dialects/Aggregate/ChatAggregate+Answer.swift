import Wire

extension ChatAggregate {
  /// The blocking answer: a `chat.completion`, or a `text_completion`.
  ///
  /// A choice for which no reason was given ends as `tool_calls` when it has calls, else as `stop`: both for a stream
  /// that was whole without saying why, and for one that was stopped here. Usage that never came is left out.
  ///
  /// - Parameter fallback: what the stream never said of its identity.
  package func answer(fallback: StreamIdentity) -> [UInt8] {
    var writer = JSONWriter(capacity: weight + 512)
    writer.beginObject()
    let object =
      switch flavor {
      case .chat: "chat.completion"
      case .completions: "text_completion"
      }
    identity.write(to: &writer, object: object, createdName: "created", fallback: fallback)
    writer.key("choices")
    writer.beginArray()
    for choice in choices { choice.write(to: &writer, flavor) }
    writer.endArray()
    if !usage.isEmpty { writer.member("usage", raw: usage) }
    writeExtras(to: &writer)
    writer.endObject()
    return writer.bytes
  }
}

extension ChatChoice {
  func write(to writer: inout JSONWriter, _ flavor: ChatTap.Flavor) {
    writer.beginObject()
    writer.member("index", index)
    switch flavor {
    case .chat:
      writer.key("message")
      writeMessage(to: &writer)
    case .completions:
      writer.key("text")
      writer.escapedString(text("text")?.bytes ?? [])
    }
    writer.key("logprobs")
    if logprobs.isEmpty {
      writer.null()
    } else {
      writer.beginObject()
      logprobs.write(to: &writer)
      writer.endObject()
    }
    writer.key("finish_reason")
    writer.escapedString(finish == nil ? Array(defaultFinish.rawValue.utf8) : finishBytes)
    extras.write(to: &writer)
    writer.endObject()
  }

  private var defaultFinish: FinishReason { toolCalls.isEmpty ? .stop : .toolCalls }

  private func writeMessage(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("role")
    writer.escapedString(role.isEmpty ? Array("assistant".utf8) : role)
    writeText("content", to: &writer, isNull: contentIsNull)
    writeText("refusal", to: &writer, isNull: text("refusal")?.bytes.isEmpty ?? true)
    for text in texts where text.name != "content" && text.name != "refusal" {
      writeText(text.name, to: &writer, isNull: false)
    }
    lists.write(to: &writer)
    deltaExtras.write(to: &writer)
    if !toolCalls.isEmpty {
      writer.key("tool_calls")
      writer.beginArray()
      for call in toolCalls { call.write(to: &writer) }
      writer.endArray()
    }
    if let functionCall {
      writer.key("function_call")
      functionCall.writePayload(to: &writer)
    }
    writer.endObject()
  }

  /// A message that only calls tools, or refuses, has no content; any other has, be it an empty one.
  private var contentIsNull: Bool {
    guard text("content")?.bytes.isEmpty ?? true else { return false }
    return !toolCalls.isEmpty || functionCall != nil || !(text("refusal")?.bytes.isEmpty ?? true)
  }

  private func writeText(_ name: String, to writer: inout JSONWriter, isNull: Bool) {
    writer.key(name)
    if isNull { writer.null() } else { writer.escapedString(text(name)?.bytes ?? []) }
  }
}
