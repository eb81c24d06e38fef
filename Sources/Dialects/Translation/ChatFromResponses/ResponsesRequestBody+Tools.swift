import Policy
import Wire

/// Tools and the choice among them: nested in chat, flat in responses.
extension ResponsesRequestBody {
  mutating func writeTools() throws(Failure) {
    let tools = try Self.list(given("tools"), "tools")
    let functions = try Self.list(given("functions"), "functions")
    let search = given("web_search_options")
    let hasTools = !tools.isEmpty || !functions.isEmpty || search != nil
    if hasTools {
      writer.key("tools")
      writer.beginArray()
      for (number, tool) in tools.enumerated() { try writeTool(tool, "tools[\(number)]") }
      for (number, function) in functions.enumerated() { try writeFunction(function, "functions[\(number)]") }
      if let search { writeSearch(search) }
      writer.endArray()
    }
    if let choice = given("tool_choice") {
      try writeChoice(choice)
    } else if let choice = given("function_call") {
      try writeFunctionChoice(choice)
    }
    // Strict servers refuse it where there is nothing to call; the deprecated form has room for one call.
    guard hasTools else { return }
    if usesFunctions {
      writer.member("parallel_tool_calls", false)
    } else if let parallel = given("parallel_tool_calls") {
      write("parallel_tool_calls", parallel)
    }
  }

  private mutating func writeTool(_ tool: JSONTree, _ path: String) throws(Failure) {
    let type = try Self.text(tool["type"], "\(path).type")
    switch type {
    case "function": try writeFunction(tool["function"] ?? .null, "\(path).function")
    case "custom": try writeCustom(tool["custom"] ?? .null, "\(path).custom")
    default: throw Self.unsupported("\(path).type", "chat completions has no tools of type '\(type)'")
    }
  }

  private mutating func writeFunction(_ function: JSONTree, _ path: String) throws(Failure) {
    writer.beginObject()
    writer.member("type", "function")
    writer.member("name", try Self.text(function["name"], "\(path).name"))
    if let description = Self.given(function["description"]) { write("description", description) }
    // Without parameters chat means a function that takes none.
    let none = JSONTree.object([.init("type", .string("object")), .init("properties", .object([]))])
    write("parameters", Self.given(function["parameters"]) ?? none)
    // A function is strict there unless it says otherwise.
    write("strict", Self.given(function["strict"]) ?? .bool(false))
    writer.endObject()
  }

  private mutating func writeCustom(_ custom: JSONTree, _ path: String) throws(Failure) {
    writer.beginObject()
    writer.member("type", "custom")
    writer.member("name", try Self.text(custom["name"], "\(path).name"))
    if let description = Self.given(custom["description"]) { write("description", description) }
    if let format = Self.given(custom["format"]) {
      let grammar = format["grammar"]?.objectValue
      write("format", grammar.map { .object([.init("type", .string("grammar"))] + $0) } ?? format)
    }
    writer.endObject()
  }

  private mutating func writeSearch(_ options: JSONTree) {
    writer.beginObject()
    writer.member("type", "web_search")
    if let size = Self.given(options["search_context_size"]) { write("search_context_size", size) }
    if let location = Self.given(options["user_location"]) {
      let place = location["approximate"]?.objectValue
      write("user_location", place.map { .object([.init("type", .string("approximate"))] + $0) } ?? location)
    }
    writer.endObject()
  }

  // MARK: - Choice

  private mutating func writeChoice(_ choice: JSONTree) throws(Failure) {
    if choice.stringValue != nil { return write("tool_choice", choice) }
    switch try Self.text(choice["type"], "tool_choice.type") {
    case "function", "custom": write("tool_choice", try Self.flat(choice, "tool_choice"))
    case "allowed_tools":
      let allowed = choice["allowed_tools"] ?? choice
      var tools: [JSONTree] = []
      for (number, tool) in try Self.list(allowed["tools"], "tool_choice.allowed_tools.tools").enumerated() {
        tools.append(try Self.flat(tool, "tool_choice.allowed_tools.tools[\(number)]"))
      }
      let mode = try Self.text(allowed["mode"], "tool_choice.allowed_tools.mode")
      write(
        "tool_choice",
        .object([
          .init("type", .string("allowed_tools")), .init("mode", .string(mode)), .init("tools", .array(tools)),
        ]))
    default: throw Self.unsupported("tool_choice.type")
    }
  }

  /// `{"type":"function","function":{"name":…}}` as `{"type":"function","name":…}`; the same for custom tools.
  private static func flat(_ choice: JSONTree, _ path: String) throws(Failure) -> JSONTree {
    let type = try text(choice["type"], "\(path).type")
    guard type == "function" || type == "custom" else { throw unsupported("\(path).type") }
    let name = try text(choice[type]?["name"], "\(path).\(type).name")
    return .object([.init("type", .string(type)), .init("name", .string(name))])
  }

  private mutating func writeFunctionChoice(_ choice: JSONTree) throws(Failure) {
    guard choice.stringValue == nil else { return write("tool_choice", choice) }
    let name = try Self.text(choice["name"], "function_call.name")
    write("tool_choice", .object([.init("type", .string("function")), .init("name", .string(name))]))
  }
}
