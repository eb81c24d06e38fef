import Policy
import Wire

/// The `input` of a responses request as the list of items that it stands for.
///
/// Items are brought into the form in which the API lists them: typed, with an id and a status, messages with a list of
/// parts. Whether an upstream can do anything with an item is not judged here.
package enum InputItems {
  /// Reads the value of `input`; none gives no items.
  ///
  /// - Parameter ids: makes ids for items that have none.
  package static func read(_ input: JSONTree?, ids: AnswerIDs) throws(Failure) -> [JSONTree] {
    guard let input, input != .null else { return [] }
    if let text = input.stringValue {
      return [message(role: "user", content: .array([textPart(text, role: "user")]), id: ids.input("msg", 0))]
    }
    guard let list = input.arrayValue else {
      throw .invalidType("input", "a string or an array of items")
    }
    var items: [JSONTree] = []
    items.reserveCapacity(list.count)
    for (index, item) in list.enumerated() { items.append(try read(item, index, ids)) }
    return items
  }

  /// The type of an item. Two kinds may leave it out: messages, and references, which have nothing but an id.
  static func type(of item: JSONTree) -> String? {
    if let type = item["type"], type != .null { return type.stringValue }
    if item["role"] != nil { return "message" }
    return item["id"] == nil ? nil : "item_reference"
  }

  private static func read(_ item: JSONTree, _ index: Int, _ ids: AnswerIDs) throws(Failure) -> JSONTree {
    let path = "input[\(index)]"
    guard case .object(let members) = item else {
      throw .invalidType(path, "an object")
    }
    let fields = RequestFields(item, at: path)
    guard let type = type(of: item) else { throw fields.missing("type") }
    switch type {
    case "message": return try readMessage(fields, members, ids.input("msg", index))
    case "item_reference":
      return .object([.init("type", .string(type)), .init("id", .string(try fields.requiredString("id")))])
    default:
      var head: [JSONTree.Member] = [
        .init("type", .string(type)), .init("id", fields["id"] ?? .string(ids.input(prefix(type), index))),
      ]
      let status = fields["status"] ?? (hasStatus(type) ? .string("completed") : nil)
      if let status { head.append(.init("status", status)) }
      var rest = members.filter { !["type", "id", "status"].contains($0.name) }
      for place in rest.indices where rest[place].name == "output" && hasStatus(type) {
        guard let parts = rest[place].value.arrayValue else { continue }
        rest[place].value = .array(try readParts(parts, fields.path("output")))
      }
      return .object(head + rest)
    }
  }

  private static func readMessage(
    _ fields: RequestFields, _ members: [JSONTree.Member], _ id: String
  ) throws(Failure) -> JSONTree {
    let role = try fields.requiredString("role")
    guard ["user", "assistant", "system", "developer"].contains(role) else {
      throw fields.invalid("role", "supported are 'assistant', 'system', 'developer' and 'user'")
    }
    let parts: [JSONTree]
    if let text = fields["content"]?.stringValue {
      parts = [textPart(text, role: role)]
    } else if let list = fields["content"]?.arrayValue {
      parts = try readParts(list, fields.path("content"))
    } else if fields["content"] == nil {
      throw fields.missing("content")
    } else {
      throw .invalidType(fields.path("content"), "a string or an array of parts")
    }
    let rest = members.filter { !["type", "id", "role", "status", "content"].contains($0.name) }
    return message(
      role: role, content: .array(parts), id: fields["id"] ?? .string(id),
      status: fields["status"] ?? .string("completed"), rest: rest)
  }

  private static func readParts(_ list: [JSONTree], _ path: String) throws(Failure) -> [JSONTree] {
    var parts: [JSONTree] = []
    for (index, part) in list.enumerated() { parts.append(try readPart(part, "\(path)[\(index)]")) }
    return parts
  }

  /// A part with the members that the API lists and callers may leave out.
  private static func readPart(_ part: JSONTree, _ path: String) throws(Failure) -> JSONTree {
    guard case .object(var members) = part else {
      throw .invalidType(path, "an object")
    }
    let type = try RequestFields(part, at: path).requiredString("type")
    func add(_ name: String, _ value: JSONTree) {
      guard part[name] ?? .null == .null else { return }
      members.removeAll { $0.name == name }
      members.append(.init(name, value))
    }
    switch type {
    case "input_image": add("detail", .string("auto"))
    case "output_text":
      add("annotations", .array([]))
      add("logprobs", .array([]))
    default: break
    }
    return .object(members)
  }

  private static func textPart(_ text: String, role: String) -> JSONTree {
    guard role == "assistant" else {
      return .object([.init("type", .string("input_text")), .init("text", .string(text))])
    }
    return .object([
      .init("type", .string("output_text")), .init("text", .string(text)), .init("annotations", .array([])),
      .init("logprobs", .array([])),
    ])
  }

  private static func message(role: String, content: JSONTree, id: String) -> JSONTree {
    message(role: role, content: content, id: .string(id), status: .string("completed"), rest: [])
  }

  private static func message(
    role: String, content: JSONTree, id: JSONTree, status: JSONTree, rest: [JSONTree.Member]
  ) -> JSONTree {
    .object(
      [
        .init("type", .string("message")), .init("id", id), .init("status", status), .init("role", .string(role)),
        .init("content", content),
      ] + rest)
  }

  /// What ids of items of a type begin with.
  private static func prefix(_ type: String) -> String {
    switch type {
    case "function_call": "fc"
    case "function_call_output": "fco"
    case "custom_tool_call": "ctc"
    case "custom_tool_call_output": "ctco"
    case "reasoning": "rs"
    default: "item"
    }
  }

  /// Whether items of a type are listed with a status.
  private static func hasStatus(_ type: String) -> Bool {
    ["function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output"].contains(type)
  }
}
