import Wire

/// The demo answer in the shapes of chat completions and completions.
extension DemoAnswer {
  private var isChat: Bool { endpoint == .chat }

  /// Role, words, finish, usage if wished, `[DONE]`.
  var chunkEvents: [[UInt8]] {
    var events: [[UInt8]] = []
    if isChat { events.append(event(choice: ("", nil), role: "assistant")) }
    for word in words { events.append(event(choice: (word, nil))) }
    events.append(event(choice: (nil, "stop")))
    if includeUsage { events.append(event(choice: nil)) }
    var done: [UInt8] = []
    SSEWriter.appendDone(to: &done)
    events.append(done)
    return events
  }

  /// One chunk as an event; without a choice it is the usage chunk.
  private func event(choice: (text: String?, finish: String?)?, role: String? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writeIdentity(isChat ? "chat.completion.chunk" : "text_completion", to: &writer)
    writer.key("choices")
    writer.beginArray()
    if let choice { write(choice.text, choice.finish, role, as: "delta", to: &writer) }
    writer.endArray()
    if includeUsage {
      writer.key("usage")
      if choice == nil { writeUsage("prompt", "completion", to: &writer) } else { writer.null() }
    }
    writer.endObject()
    var event: [UInt8] = []
    SSEWriter.append(data: writer.bytes, to: &event)
    return event
  }

  /// The blocking answer.
  var completionBody: [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writeIdentity(isChat ? "chat.completion" : "text_completion", to: &writer)
    writer.key("choices")
    writer.beginArray()
    write(text, "stop", "assistant", as: "message", to: &writer)
    writer.endArray()
    writer.key("usage")
    writeUsage("prompt", "completion", to: &writer)
    writer.endObject()
    return writer.bytes
  }

  private func writeIdentity(_ object: String, to writer: inout JSONWriter) {
    SeenIdentity().write(to: &writer, object: object, createdName: "created", fallback: identity)
  }

  private func write(
    _ text: String?, _ finish: String?, _ role: String?, as name: String, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("index", 0)
    if isChat {
      writer.key(name)
      writer.beginObject()
      if let role { writer.member("role", role) }
      if let text { writer.member("content", text) }
      if role != nil { writer.member("refusal", nil as String?) }
      writer.endObject()
    } else {
      writer.member("text", text ?? "")
    }
    writer.member("logprobs", nil as String?)
    writer.member("finish_reason", finish)
    writer.endObject()
  }
}
