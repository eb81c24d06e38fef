import Policy
import Wire

/// Messages become items, one by one and in their order: a message may be several items, never the other way round.
extension ResponsesRequestBody {
  mutating func writeMessages(_ messages: [JSONTree]) throws(Failure) {
    writer.beginArray()
    for (index, message) in messages.enumerated() { try writeMessage(message, index, "messages[\(index)]") }
    writer.endArray()
  }

  private mutating func writeMessage(_ message: JSONTree, _ index: Int, _ path: String) throws(Failure) {
    let role = try Self.text(message["role"], "\(path).role")
    switch role {
    case "system", "developer", "user":
      guard let content = Self.given(message["content"]) else { throw .missing("\(path).content") }
      beginMessage(role)
      try writeContent(content, "\(path).content")
      writer.endObject()
    case "assistant": try writeAnswer(message, index, path)
    case "tool":
      let id = try Self.text(message["tool_call_id"], "\(path).tool_call_id")
      try writeOutput(message["content"], of: id, path)
    case "function":
      let name = try Self.text(message["name"], "\(path).name")
      guard let call = functionCalls[name]?.popFirst() else {
        throw .invalid("\(path).name", "no 'function_call' of that name comes before it")
      }
      try writeOutput(message["content"], of: call, path)
    default: throw .invalid("\(path).role", "there is no role '\(role)'")
    }
  }

  private mutating func beginMessage(_ role: String) {
    writer.beginObject()
    writer.member("type", "message")
    writer.member("role", role)
    writer.key("content")
  }

  private mutating func writeOutput(_ content: JSONTree?, of call: String, _ path: String) throws(Failure) {
    writer.beginObject()
    writer.member("type", customCalls.contains(call) ? "custom_tool_call_output" : "function_call_output")
    writer.member("call_id", call)
    writer.key("output")
    // Many servers know outputs as strings only; and a tool may have nothing to say.
    let parts = content?.arrayValue
    let only = parts?.count == 1 && parts?[0]["type"]?.stringValue == "text" ? parts?[0]["text"] : nil
    try writeContent(only ?? Self.given(content) ?? .string(""), "\(path).content")
    writer.endObject()
  }

  // MARK: - Answers

  /// An assistant's message is what it says, then what it calls.
  private mutating func writeAnswer(_ message: JSONTree, _ index: Int, _ path: String) throws(Failure) {
    if Self.given(message["audio"]) != nil { throw Self.unsupported("\(path).audio") }
    let calls = try Self.list(message["tool_calls"], "\(path).tool_calls")
    let call = Self.given(message["function_call"])
    let content = Self.given(message["content"])
    let spoken = try content.map { content throws(Failure) in try Self.answerParts(content, "\(path).content") } ?? []
    let refusal = Self.given(message["refusal"])?.stringValue
    let parts = spoken + (refusal.map { [.refusal($0)] } ?? [])
    // Beside a call, nothing said is no message.
    if !parts.isEmpty || content != nil && calls.isEmpty && call == nil { writeAnswer(parts, index) }
    for (number, call) in calls.enumerated() { try writeCall(call, "\(path).tool_calls[\(number)]") }
    if let call {
      let id = "function_call_\(index)"
      functionCalls[try Self.text(call["name"], "\(path).function_call.name"), default: []].append(id)
      try writeFunctionCall(call, id: id, "\(path).function_call")
    }
  }

  private enum AnswerPart {
    case text(String)
    case refusal(String)
  }

  /// What an assistant said; empty texts say nothing.
  private static func answerParts(_ content: JSONTree, _ path: String) throws(Failure) -> [AnswerPart] {
    if let text = content.stringValue { return text.isEmpty ? [] : [.text(text)] }
    guard let parts = content.arrayValue else { throw .invalid(path, "a string or a list of parts is expected") }
    var answer: [AnswerPart] = []
    for (number, part) in parts.enumerated() {
      let path = "\(path)[\(number)]"
      switch try text(part["type"], "\(path).type") {
      case "text": answer.append(.text(try text(part["text"], "\(path).text")))
      case "refusal": answer.append(.refusal(try text(part["refusal"], "\(path).refusal")))
      case let type:
        throw unsupported("\(path).type", "an assistant's parts of type '\(type)' have no counterpart there")
      }
    }
    return answer
  }

  /// Texts alone are one string, which every server understands; a refusal needs the form that answers have.
  private mutating func writeAnswer(_ parts: [AnswerPart], _ index: Int) {
    let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
    guard texts.count < parts.count else {
      beginMessage("assistant")
      writer.string(texts.joined())
      return writer.endObject()
    }
    writer.beginObject()
    writer.member("type", "message")
    writer.member("id", "msg_\(index)")
    writer.member("role", "assistant")
    writer.member("status", "completed")
    writer.key("content")
    writer.beginArray()
    for part in parts {
      writer.beginObject()
      switch part {
      case .text(let text):
        writer.member("type", "output_text")
        writer.member("text", text)
        writer.member("annotations", raw: Array("[]".utf8))
        writer.member("logprobs", raw: Array("[]".utf8))
      case .refusal(let text):
        writer.member("type", "refusal")
        writer.member("refusal", text)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  private mutating func writeCall(_ call: JSONTree, _ path: String) throws(Failure) {
    let id = try Self.text(call["id"], "\(path).id")
    switch call["type"]?.stringValue ?? (call["custom"] == nil ? "function" : "custom") {
    case "function": try writeFunctionCall(call["function"] ?? .null, id: id, "\(path).function")
    case "custom":
      customCalls.insert(id)
      let name = try Self.text(call["custom"]?["name"], "\(path).custom.name")
      let input = try Self.text(call["custom"]?["input"], "\(path).custom.input")
      writeCall("custom_tool_call", id, name, "input", input)
    default: throw Self.unsupported("\(path).type")
    }
  }

  private mutating func writeFunctionCall(_ function: JSONTree, id: String, _ path: String) throws(Failure) {
    let name = try Self.text(function["name"], "\(path).name")
    // Meant as text by those who send an object.
    let given = Self.given(function["arguments"])
    let arguments = given?.stringValue ?? given.map { String(decoding: $0.encoded, as: UTF8.self) } ?? "{}"
    writeCall("function_call", id, name, "arguments", arguments)
  }

  private mutating func writeCall(_ type: String, _ id: String, _ name: String, _ member: String, _ text: String) {
    writer.beginObject()
    writer.member("type", type)
    writer.member("call_id", id)
    writer.member("name", name)
    writer.member(member, text)
    writer.endObject()
  }

  // MARK: - Content

  /// Content is a string or a list of parts in both APIs.
  private mutating func writeContent(_ content: JSONTree, _ path: String) throws(Failure) {
    if let text = content.stringValue { return writer.string(text) }
    guard let parts = content.arrayValue else { throw .invalid(path, "a string or a list of parts is expected") }
    writer.beginArray()
    for (number, part) in parts.enumerated() { try writePart(part, "\(path)[\(number)]") }
    writer.endArray()
  }

  private mutating func writePart(_ part: JSONTree, _ path: String) throws(Failure) {
    let type = try Self.text(part["type"], "\(path).type")
    switch type {
    case "text":
      writer.beginObject()
      writer.member("type", "input_text")
      writer.member("text", try Self.text(part["text"], "\(path).text"))
      endPart(part)
    case "image_url":
      let image = part["image_url"]
      // Some clients send the bare URL.
      let url = image?.stringValue == nil ? image?["url"] : image
      writer.beginObject()
      writer.member("type", "input_image")
      writer.member("image_url", try Self.text(url, "\(path).image_url.url"))
      writer.member("detail", Self.given(image?["detail"])?.stringValue ?? "auto")
      endPart(part)
    case "file": try writeFile(part, path)
    default: throw Self.unsupported("\(path).type", "parts of type '\(type)' have no counterpart there")
    }
  }

  private mutating func writeFile(_ part: JSONTree, _ path: String) throws(Failure) {
    guard let file = Self.given(part["file"]) else { throw .missing("\(path).file") }
    writer.beginObject()
    writer.member("type", "input_file")
    for name in ["file_id", "file_data", "filename"] {
      if let value = Self.given(file[name]) { write(name, value) }
    }
    endPart(part)
  }

  private mutating func endPart(_ part: JSONTree) {
    if let mark = Self.given(part["prompt_cache_breakpoint"]) { write("prompt_cache_breakpoint", mark) }
    writer.endObject()
  }
}
