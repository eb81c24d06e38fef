import Policy
import Wire

/// Turns the parts of a message or of a tool's output into those of the chat API.
struct ChatParts {
  private let capabilities: ChatCapabilities

  init(_ capabilities: ChatCapabilities) {
    self.capabilities = capabilities
  }

  /// The parts of the member `name` of an item; a plain string is one text.
  ///
  /// - Parameter role: who speaks; only users and tools can show images and files.
  func read(_ place: ItemPlace, _ name: String, role: String) throws(Failure) -> [ChatMessage.Part] {
    guard let content = place.item[name], content != .null else {
      throw place.missing(name)
    }
    if let text = content.stringValue { return text.isEmpty && role == "assistant" ? [] : [.text(text)] }
    guard let list = content.arrayValue else {
      throw place.refusal(
        .invalidType, name, "Invalid type for '\(place.path).\(name)': expected a string or an array of parts.")
    }
    var parts: [ChatMessage.Part] = []
    for (index, part) in list.enumerated() {
      let path = "\(name)[\(index)]"
      switch part["type"]?.stringValue {
      case "input_text", "output_text", "text", "summary_text", "reasoning_text":
        let text = try text(part, "text", place, path)
        if !text.isEmpty || role != "assistant" { parts.append(.text(text)) }
      case "refusal":
        guard !capabilities.nativeRefusals || role != "assistant" else { continue }
        parts.append(.text(try text(part, "refusal", place, path)))
      case let type? where role == "user" || role == "tool":
        parts.append(.other(try media(part, type, place, path)))
      case let type: throw place.unsupported("\(path).type", "no '\(type ?? "")' in a message of the \(role)")
      }
    }
    return parts
  }

  private func text(
    _ part: JSONTree, _ name: String, _ place: ItemPlace, _ path: String
  ) throws(Failure) -> String {
    guard let text = part[name]?.stringValue else {
      throw place.missing("\(path).\(name)")
    }
    return text
  }

  /// What an assistant's message refused with.
  func refusal(of item: JSONTree) -> String? {
    let texts = (item["content"]?.arrayValue ?? []).compactMap { part in
      part["type"]?.stringValue == "refusal" ? part["refusal"]?.stringValue : nil
    }
    return texts.isEmpty ? nil : texts.joined()
  }

  private func media(
    _ part: JSONTree, _ type: String, _ place: ItemPlace, _ path: String
  ) throws(Failure) -> JSONTree {
    switch type {
    case "input_image": return try image(part, place, path)
    case "input_file": return try file(part, place, path)
    case "input_audio": return .object([.init("type", .string(type)), .init(type, part[type] ?? .null)])
    default: throw place.unsupported("\(path).type", "no parts of type '\(type.prefix(100))'")
    }
  }

  private func image(_ part: JSONTree, _ place: ItemPlace, _ path: String) throws(Failure) -> JSONTree {
    if let id = part["file_id"], id != .null { throw place.unsupported("\(path).file_id", "no images by file id") }
    guard let url = part["image_url"]?.stringValue else {
      throw place.missing("\(path).image_url")
    }
    var image: [JSONTree.Member] = [.init("url", .string(url))]
    if let detail = part["detail"]?.stringValue {
      image.append(.init("detail", .string(detail == "original" ? "high" : detail)))
    }
    return .object([.init("type", .string("image_url")), .init("image_url", .object(image))])
  }

  private func file(_ part: JSONTree, _ place: ItemPlace, _ path: String) throws(Failure) -> JSONTree {
    if let url = part["file_url"], url != .null { throw place.unsupported("\(path).file_url", "no files by URL") }
    let members = ["file_data", "file_id", "filename"].compactMap { name -> JSONTree.Member? in
      part[name]?.stringValue.map { .init(name, .string($0)) }
    }
    guard members.contains(where: { $0.name != "filename" }) else {
      throw place.missing("\(path).file_data")
    }
    return .object([.init("type", .string("file")), .init("file", .object(members))])
  }
}
