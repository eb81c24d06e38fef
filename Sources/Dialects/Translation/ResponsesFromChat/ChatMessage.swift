import Policy
import Wire

/// A message of a chat request under construction.
struct ChatMessage: Sendable {
  /// A piece of a message's content.
  enum Part: Sendable {
    case text(String)
    /// An image, a file or a sound, as the chat API has it.
    case other(JSONTree)
  }

  let role: String
  var content: [Part] = []
  /// What an assistant refused with, for upstreams that keep it apart.
  var refusal: String?
  /// What led to an assistant's calls.
  var reasoning = ""
  /// The calls of an assistant.
  var calls: [JSONTree] = []
  /// The call that a `tool` message answers.
  var callID: String?

  init(role: String, content: [Part] = []) {
    self.role = role
    self.content = content
  }

  /// Writes the message. Where all parts are text, they become one string: many servers refuse lists for some roles.
  func write(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) {
    writer.beginObject()
    writer.member("role", role)
    if let callID { writer.member("tool_call_id", callID) }
    writer.key("content")
    writeContent(to: &writer)
    if let refusal { writer.member("refusal", refusal) }
    if !calls.isEmpty {
      if capabilities.wantsReasoningBack, !reasoning.isEmpty { writer.member("reasoning_content", reasoning) }
      writer.key("tool_calls")
      JSONTree.array(calls).write(to: &writer)
    }
    writer.endObject()
  }

  private func writeContent(to writer: inout JSONWriter) {
    let texts = content.compactMap { if case .text(let text) = $0 { text } else { nil } }
    if texts.count == content.count {
      guard !content.isEmpty || role != "assistant" else { return writer.null() }
      // Parts of what a model said are pieces of one text; parts of what it is told are paragraphs.
      return writer.string(texts.joined(separator: role == "assistant" || role == "tool" ? "" : "\n"))
    }
    writer.beginArray()
    for part in content {
      switch part {
      case .text(let text):
        writer.beginObject()
        writer.member("type", "text")
        writer.member("text", text)
        writer.endObject()
      case .other(let json): json.write(to: &writer)
      }
    }
    writer.endArray()
  }
}
