import Wire

extension ChatAggregate {
  /// The blocking answer: a `chat.completion`, or a `text_completion`.
  ///
  /// A choice for which no reason was given, in a stream that was whole all the same, ends as `tool_calls` when it has
  /// calls, else as `stop`. One that was stopped ends as `stop`, and a call whose arguments were not whole by then is
  /// left out: it could be mistaken for one to be made. Usage that never came is left out.
  ///
  /// - Parameters:
  ///   - isStopped: whether the stream was stopped before its end, so that this is a part of the answer.
  ///   - fallback: what the stream never said of its identity.
  package func answer(isStopped: Bool = false, fallback: StreamIdentity) -> [UInt8] {
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
    for choice in choices { choice.write(to: &writer, flavor, isStopped: isStopped) }
    writer.endArray()
    if !usage.isEmpty { writer.member("usage", raw: usage) }
    writeExtras(to: &writer)
    writer.endObject()
    return writer.bytes
  }
}

extension ChatChoice {
  func write(to writer: inout JSONWriter, _ flavor: ChatTap.Flavor, isStopped: Bool) {
    writer.beginObject()
    writer.member("index", index)
    switch flavor {
    case .chat:
      writer.key("message")
      let isCut = isStopped && finish == nil
      writeMessage(
        to: &writer, isCut ? toolCalls.filter { WholeArguments.areWhole($0.arguments) } : toolCalls)
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
      if flavor == .chat {
        // Both lists are required; the one that never came is null.
        for name in ["content", "refusal"] where !logprobs.has(name) {
          writer.member(name, nil as String?)
        }
      }
      writer.endObject()
    }
    writer.key("finish_reason")
    let unsaid: FinishReason = toolCalls.isEmpty || isStopped ? .stop : .toolCalls
    writer.escapedString(finish == nil ? Array(unsaid.rawValue.utf8) : finishBytes)
    extras.write(to: &writer)
    writer.endObject()
  }

  private func writeMessage(to writer: inout JSONWriter, _ calls: [ChatToolCall]) {
    writer.beginObject()
    writer.key("role")
    writer.escapedString(role.isEmpty ? Array("assistant".utf8) : role)
    writeText("content", to: &writer, isNull: contentIsNull)
    writeText("refusal", to: &writer, isNull: text("refusal")?.bytes.isEmpty ?? true)
    for (name, _) in texts.entries where name != "content" && name != "refusal" {
      writeText(name, to: &writer, isNull: false)
    }
    lists.write(to: &writer)
    deltaExtras.write(to: &writer)
    if !calls.isEmpty {
      writer.key("tool_calls")
      writer.beginArray()
      for call in calls { call.write(to: &writer) }
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
