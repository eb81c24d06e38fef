import Wire

/// What was said so far, read alike from a chat request and from a responses request with its stored history, so that
/// both APIs are given the same answer.
struct Conversation: Equatable, Sendable {
  /// One thing that was said: a message, a tool call or a tool's result. Reasoning is not part of it.
  struct Turn: Equatable, Sendable {
    var role: String
    /// Text parts joined; other parts by their kind and a few words on them, in brackets.
    var text: String
    var hasImage = false
  }

  /// A tool on offer.
  struct Tool: Equatable, Sendable {
    var name: String
    var isCustom: Bool
    /// Whether `input` is its only parameter: a function that stands for a custom tool.
    var takesInput: Bool
  }

  var turns: [Turn] = []
  var tools: [Tool] = []
  /// The tool that must be called; empty: any.
  var required: String?
  var mayCall = true
  var parallel = true
  /// Whether the answer must follow a JSON schema.
  var hasSchema = false

  /// The text of the last message of the user.
  var question: String { turns.last { $0.role == "user" }?.text ?? "" }
  /// Results of tools that nothing follows.
  var results: [Turn] { turns.reversed().prefix { $0.role == "result" }.reversed() }
  var callCount: Int { turns.count { $0.role == "call" } }
  /// Everything in one line.
  var summary: String { turns.map { "\($0.role): \($0.text)" }.joined(separator: " | ") }
}

// MARK: - Chat completions

extension Conversation {
  /// Reads the body of a chat request.
  init(chat root: JSONTree) {
    for message in root["messages"]?.arrayValue ?? [] { readMessage(message) }
    readTools(root)
    hasSchema = root["response_format"]?["type"]?.stringValue == "json_schema"
  }

  private mutating func readMessage(_ message: JSONTree) {
    let role = message["role"]?.stringValue ?? "user"
    if role == "tool" {
      var turn = Self.turn("result", message["content"])
      turn.text = "\(message["tool_call_id"]?.stringValue ?? "?") = \(turn.text)"
      return turns.append(turn)
    }
    let turn = Self.turn(role == "developer" ? "system" : role, message["content"])
    let refusal = message["refusal"]?.stringValue ?? ""
    if !turn.text.isEmpty { turns.append(turn) }
    // A refusal reads like text: not every server with chat completions knows the field.
    if !refusal.isEmpty { turns.append(Turn(role: role, text: refusal)) }
    for call in message["tool_calls"]?.arrayValue ?? [] {
      let function = call["function"] ?? call["custom"]
      readCall(name: function?["name"], input: function?["arguments"] ?? function?["input"])
    }
  }
}

// MARK: - Responses

extension Conversation {
  /// Reads the body of a responses request; `history` are the items of the responses it goes on from.
  init(responses root: JSONTree, history: [JSONTree]) {
    if let instructions = root["instructions"]?.stringValue {
      turns.append(Turn(role: "system", text: instructions))
    }
    for item in history + Self.items(of: root["input"]) { readItem(item) }
    readTools(root)
    hasSchema = root["text"]?["format"]?["type"]?.stringValue == "json_schema"
  }

  /// The input as items; a string is one message of the user.
  static func items(of input: JSONTree?) -> [JSONTree] {
    if let items = input?.arrayValue { return items }
    guard let text = input?.stringValue else { return [] }
    let part = JSONTree.object([.init("type", .string("input_text")), .init("text", .string(text))])
    return [.object([.init("role", .string("user")), .init("content", .array([part]))])]
  }

  private mutating func readItem(_ item: JSONTree) {
    switch item["type"]?.stringValue ?? "message" {
    case "message":
      let role = item["role"]?.stringValue ?? "user"
      turns.append(Self.turn(role == "developer" ? "system" : role, item["content"]))
    case "function_call", "custom_tool_call":
      readCall(name: item["name"], input: item["arguments"] ?? item["input"])
    case "function_call_output", "custom_tool_call_output":
      var turn = Self.turn("result", item["output"])
      turn.text = "\(item["call_id"]?.stringValue ?? "?") = \(turn.text)"
      turns.append(turn)
    default: break
    }
  }
}

// MARK: - Both

extension Conversation {
  /// A call of a function that stands for a custom tool reads as one of that tool.
  private mutating func readCall(name: JSONTree?, input: JSONTree?) {
    var text = input?.stringValue ?? ""
    if let members = (try? JSONTree.parse(Array(text.utf8).span))?.objectValue, members.count == 1,
      members[0].name == "input", let inner = members[0].value.stringValue
    {
      text = inner
    }
    turns.append(Turn(role: "call", text: "\(name?.stringValue ?? "?") \(text)"))
  }

  private mutating func readTools(_ root: JSONTree) {
    tools = (root["tools"]?.arrayValue ?? []).compactMap(Self.tool)
    parallel = root["parallel_tool_calls"]?.boolValue ?? true
    let choice = root["tool_choice"]
    switch choice?.stringValue {
    case "none": mayCall = false
    case "required": required = ""
    default: required = (choice?["function"] ?? choice?["custom"] ?? choice)?["name"]?.stringValue
    }
  }

  private static func tool(_ tree: JSONTree) -> Tool? {
    let inner = tree["function"] ?? tree["custom"] ?? tree
    guard let name = inner["name"]?.stringValue else { return nil }
    let properties = inner["parameters"]?["properties"]?.objectValue ?? []
    return Tool(
      name: name, isCustom: tree["type"]?.stringValue == "custom", takesInput: properties.map(\.name) == ["input"])
  }

  private static func turn(_ role: String, _ content: JSONTree?) -> Turn {
    if let text = content?.stringValue { return Turn(role: role, text: text) }
    var turn = Turn(role: role, text: "")
    for part in content?.arrayValue ?? [] {
      turn.text += text(of: part)
      turn.hasImage =
        turn.hasImage || part["type"]?.stringValue?.hasSuffix("image") == true
        || part["image_url"] != nil
    }
    return turn
  }

  private static func text(of part: JSONTree) -> String {
    if let text = part["text"]?.stringValue { return text }
    if let refusal = part["refusal"]?.stringValue { return refusal }
    if let image = part["image_url"] {
      let url = image.stringValue ?? image["url"]?.stringValue ?? ""
      let detail = part["detail"]?.stringValue ?? image["detail"]?.stringValue ?? "auto"
      return "[image \(url.utf8.count) bytes, detail \(detail)]"
    }
    let file = part["file"] ?? part
    return "[file \(file["filename"]?.stringValue ?? file["file_id"]?.stringValue ?? "?")]"
  }
}
