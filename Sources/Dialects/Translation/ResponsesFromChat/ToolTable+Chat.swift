import Policy
import Wire

extension ToolTable {
  /// Writes `tools` and `tool_choice` of a chat request; nothing when there are no tools to offer.
  ///
  /// - Returns: whether there are any.
  func write(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) -> Bool {
    var offered = tools
    if case .allowed(_, let places) = choice, !capabilities.nativeAllowedTools { offered = places.map { tools[$0] } }
    guard !offered.isEmpty else { return false }
    writer.key("tools")
    writer.beginArray()
    for tool in offered { tool.write(to: &writer, capabilities) }
    writer.endArray()
    writeChoice(to: &writer, capabilities)
    return true
  }

  private func writeChoice(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) {
    switch choice {
    case .unset: break
    case .mode(let mode): writer.member("tool_choice", mode)
    case .tool(let place):
      writer.key("tool_choice")
      tools[place].writeReference(to: &writer, capabilities)
    case .allowed(let mode, let places):
      guard capabilities.nativeAllowedTools else { return writer.member("tool_choice", mode) }
      writer.key("tool_choice")
      writer.beginObject()
      writer.member("type", "allowed_tools")
      writer.key("allowed_tools")
      writer.beginObject()
      writer.member("mode", mode)
      writer.key("tools")
      writer.beginArray()
      for place in places { tools[place].writeReference(to: &writer, capabilities) }
      writer.endArray()
      writer.endObject()
      writer.endObject()
    }
  }
}

extension ToolTable.Tool {
  /// `{"type":…,"function":{"name":…}}`, as choices name a tool.
  fileprivate func writeReference(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) {
    writeTool(to: &writer, isCustom: isCustom && capabilities.nativeCustomTools) { _ in }
  }

  fileprivate func write(to writer: inout JSONWriter, _ capabilities: ChatCapabilities) {
    if !isCustom {
      writeTool(to: &writer, isCustom: false, writeFunction)
    } else if capabilities.nativeCustomTools {
      writeTool(to: &writer, isCustom: true, writeCustom)
    } else {
      writeTool(to: &writer, isCustom: false, writeCustomAsFunction)
    }
  }

  private func writeTool(to writer: inout JSONWriter, isCustom: Bool, _ body: (inout JSONWriter) -> Void) {
    let kind = isCustom ? "custom" : "function"
    writer.beginObject()
    writer.member("type", kind)
    writer.key(kind)
    writer.beginObject()
    writer.member("name", chatName)
    body(&writer)
    writer.endObject()
    writer.endObject()
  }

  private func writeFunction(to writer: inout JSONWriter) {
    if let text = json["description"]?.stringValue { writer.member("description", text) }
    writer.key("parameters")
    // Without parameters a function has none, which some servers want to be told.
    let none: JSONTree = .object([.init("type", .string("object")), .init("properties", .object([]))])
    (json["parameters"]?.objectValue == nil ? none : json["parameters"] ?? none).write(to: &writer)
    // Left absent where it is: most servers are lax then, unlike OpenAI's responses API, and some refuse the field.
    if let strict = json["strict"]?.boolValue { writer.member("strict", strict) }
  }

  private func writeCustom(to writer: inout JSONWriter) {
    if let text = json["description"]?.stringValue { writer.member("description", text) }
    guard let format = json["format"], let type = format["type"]?.stringValue else { return }
    writer.key("format")
    writer.beginObject()
    writer.member("type", type)
    if type == "grammar" {
      writer.key("grammar")
      writer.beginObject()
      for name in ["syntax", "definition"] { writer.member(name, format[name]?.stringValue) }
      writer.endObject()
    }
    writer.endObject()
  }

  /// A function whose one parameter is the text; the grammar that the text must keep to is told in words.
  private func writeCustomAsFunction(to writer: inout JSONWriter) {
    var description = json["description"]?.stringValue ?? ""
    if let format = json["format"], let definition = format["definition"]?.stringValue {
      if !description.isEmpty { description += "\n\n" }
      description += "The input must match this \(format["syntax"]?.stringValue ?? "") grammar:\n\(definition)"
    }
    if !description.isEmpty { writer.member("description", description) }
    writer.member(
      "parameters",
      raw: Array(
        #"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#
          .utf8))
  }
}
