import Policy
import Wire

/// The tools of a responses request, and what each of them is called in the chat API.
struct ToolTable: Sendable {
  struct Tool: Sendable {
    /// What the chat API calls it: a function of a namespace has that in front of its name.
    let chatName: String
    let name: String
    let namespace: String?
    /// Whether it takes free text instead of arguments.
    let isCustom: Bool
    /// The tool as the request describes it.
    let json: JSONTree
  }

  /// Which of the tools the model may or must call.
  enum Choice: Sendable {
    case unset
    /// `none`, `auto` or `required`.
    case mode(String)
    /// The tool at a place of the table.
    case tool(Int)
    /// Some of the tools, by their places, in the mode `auto` or `required`.
    case allowed(String, [Int])
  }

  private(set) var tools: [Tool] = []
  private(set) var choice = Choice.unset

  /// No tools.
  init() {}

  /// Reads `tools` and `tool_choice`; a tool that the chat API cannot offer is refused.
  init(_ body: RequestFields) throws(Failure) {
    for (index, tool) in (try body.list("tools") ?? []).enumerated() {
      try add(tool, path: "tools[\(index)]", namespace: nil)
    }
    choice = try readChoice(body)
  }

  /// The tool that the chat API calls `chatName`.
  func tool(chatName: String) -> Tool? { tools.first { $0.chatName == chatName } }

  /// What the chat API calls the function `name` of `namespace`.
  static func chatName(_ name: String, namespace: String?) -> String {
    namespace.map { $0 + "__" + name } ?? name
  }

  private mutating func add(_ tool: JSONTree, path: String, namespace: String?) throws(Failure) {
    let fields = RequestFields(tool, at: path)
    let type = try fields.requiredString("type")
    switch type {
    case "function", "custom":
      let name = try fields.requiredString("name")
      let chatName = Self.chatName(name, namespace: namespace)
      guard self.tool(chatName: chatName) == nil else {
        throw fields.invalid("name", "there is another tool named '\(chatName.prefix(100))'")
      }
      tools.append(
        Tool(chatName: chatName, name: name, namespace: namespace, isCustom: type == "custom", json: tool))
    case "namespace" where namespace == nil:
      let name = try fields.requiredString("name")
      for (index, inner) in (try fields.list("tools") ?? []).enumerated() {
        try add(inner, path: "\(path).tools[\(index)]", namespace: name)
      }
    default: throw fields.unsupported("type", "no tools of type '\(type.prefix(100))'")
    }
  }

  // MARK: - Choice

  private func readChoice(_ body: RequestFields) throws(Failure) -> Choice {
    guard let value = body["tool_choice"] else { return .unset }
    if let mode = value.stringValue {
      guard ["none", "auto", "required"].contains(mode) else {
        throw body.invalid("tool_choice", "supported are 'none', 'auto', 'required' and an object")
      }
      if mode == "required", tools.isEmpty { throw body.invalid("tool_choice", "there are no 'tools' to choose from") }
      return .mode(mode)
    }
    guard let fields = try body.object("tool_choice") else { return .unset }
    let type = try fields.requiredString("type")
    switch type {
    case "function", "custom": return .tool(try place(of: value, "tool_choice"))
    case "allowed_tools":
      let mode = try fields.string("mode") ?? "auto"
      guard mode == "auto" || mode == "required" else {
        throw fields.invalid("mode", "supported are 'auto' and 'required'")
      }
      var places: [Int] = []
      for (index, tool) in (try fields.list("tools") ?? []).enumerated() {
        places.append(try place(of: tool, "tool_choice.tools[\(index)]"))
      }
      return .allowed(mode, places)
    default: throw fields.unsupported("type", "no tools of type '\(type.prefix(100))'")
    }
  }

  /// The place of the tool that a choice names.
  private func place(of choice: JSONTree, _ path: String) throws(Failure) -> Int {
    let fields = RequestFields(choice, at: path)
    let type = try fields.requiredString("type")
    guard type == "function" || type == "custom" else {
      throw fields.unsupported("type", "no tools of type '\(type.prefix(100))'")
    }
    let name = try fields.requiredString("name")
    let namespace = try fields.string("namespace")
    let found = tools.firstIndex {
      $0.name == name && $0.isCustom == (type == "custom") && (namespace == nil || $0.namespace == namespace)
    }
    guard let found else { throw fields.invalid("name", "'\(name.prefix(100))' is not among the 'tools'") }
    return found
  }
}
