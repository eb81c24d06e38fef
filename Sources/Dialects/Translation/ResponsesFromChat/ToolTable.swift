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
  /// The tools' places by what the chat API calls them, and by what a choice may call them.
  private var places: [String: Int] = [:]
  private var chosen: [Called: Int] = [:]

  /// What a choice calls a tool; the namespace may be left out.
  private struct Called: Hashable {
    let name: String
    let namespace: String?
    let isCustom: Bool
  }
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
  func tool(chatName: String) -> Tool? { places[chatName].map { tools[$0] } }

  /// What the chat API calls the function `name` of `namespace`.
  static func chatName(_ name: String, namespace: String?) -> String {
    namespace.map { $0 + "__" + name } ?? name
  }

  private mutating func add(_ tool: JSONTree, path: String, namespace: String?) throws(Failure) {
    let fields = RequestFields(tool, at: path)
    let type = try fields.requiredString("type")
    switch type {
    case "function", "custom":
      let name = try Self.name(fields)
      let chatName = Self.chatName(name, namespace: namespace)
      guard places.updateValue(tools.count, forKey: chatName) == nil else {
        throw fields.invalid("name", "there is another tool named '\(chatName.prefix(100))'")
      }
      // Of the tools of one name the first counts.
      for namespace in [nil, namespace] {
        let called = Called(name: name, namespace: namespace, isCustom: type == "custom")
        chosen[called] = chosen[called] ?? tools.count
      }
      tools.append(
        Tool(chatName: chatName, name: name, namespace: namespace, isCustom: type == "custom", json: tool))
    case "namespace" where namespace == nil:
      let name = try Self.name(fields)
      for (index, inner) in (try fields.list("tools") ?? []).enumerated() {
        try add(inner, path: "\(path).tools[\(index)]", namespace: name)
      }
    default: throw fields.unsupported("type", "no tools of type '\(type.prefix(100))'")
    }
  }

  /// Longest name of a tool or a namespace; OpenAI takes 64 characters. A namespace's stands in front of each of its
  /// tools, of which there may be many.
  private static let nameBytesMax = 256

  private static func name(_ fields: RequestFields) throws(Failure) -> String {
    let name = try fields.requiredString("name")
    guard name.utf8.count <= nameBytesMax else {
      throw fields.invalid("name", "it is longer than \(nameBytesMax) bytes")
    }
    return name
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
      return .allowed(mode, try allowed(fields))
    default: throw fields.unsupported("type", "no tools of type '\(type.prefix(100))'")
    }
  }

  /// The places of the tools that a choice allows; one that is named again counts once.
  private func allowed(_ choice: RequestFields) throws(Failure) -> [Int] {
    var found: [Int] = []
    var seen: Set<Int> = []
    for (index, tool) in (try choice.list("tools") ?? []).enumerated() {
      let place = try place(of: tool, "tool_choice.tools[\(index)]")
      if seen.insert(place).inserted { found.append(place) }
    }
    return found
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
    let called = Called(name: name, namespace: namespace, isCustom: type == "custom")
    guard let found = chosen[called] else {
      throw fields.invalid("name", "'\(name.prefix(100))' is not among the 'tools'")
    }
    return found
  }
}
