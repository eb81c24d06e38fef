import Wire

/// The members of a response that do not change while it is made: its identity, and what it repeats of the request.
struct ResponseEcho: Sendable {
  private let members: [(name: String, value: [UInt8])]
  /// What was asked for; the upstream may report another one.
  private let serviceTier: [UInt8]

  init(_ request: ResponsesRequest, id: String, model: String, createdAt: Int) {
    let body = request.body
    var members: [(String, [UInt8])] = []
    func add(_ name: String, _ value: JSONTree) { members.append((name, value.encoded)) }
    func given(_ name: String) -> JSONTree { body[name] ?? .null }
    func given(_ name: String, else other: JSONTree) -> JSONTree { given(name) == .null ? other : given(name) }
    add("id", .string(id))
    add("object", .string("response"))
    add("created_at", .number(String(createdAt)))
    add("model", .string(model))
    add("background", .bool(request.background))
    for name in ["instructions", "max_output_tokens", "max_tool_calls"] { add(name, given(name)) }
    add("parallel_tool_calls", given("parallel_tool_calls", else: .bool(true)))
    add("previous_response_id", given("previous_response_id"))
    if let id = request.conversationID { add("conversation", .object([.init("id", .string(id))])) }
    add("reasoning", Self.reasoning(given("reasoning")))
    add("store", .bool(request.store))
    for name in ["temperature", "top_p"] { add(name, given(name, else: .number("1.0"))) }
    add("text", Self.text(given("text")))
    add("tool_choice", given("tool_choice", else: .string("auto")))
    add("tools", .array((given("tools").arrayValue ?? []).map(Self.tool)))
    add("top_logprobs", given("top_logprobs", else: .number("0")))
    add("truncation", given("truncation", else: .string("disabled")))
    // Not nullable in the published schema: left out where they were not given.
    for name in ["user", "safety_identifier", "prompt_cache_key"] where given(name) != .null { add(name, given(name)) }
    add("metadata", given("metadata", else: .object([])))
    self.members = members
    serviceTier = given("service_tier", else: .string("default")).encoded
  }

  /// Writes the members into the object that is open.
  ///
  /// - Parameter serviceTier: what the upstream reports, as JSON; empty if nothing.
  func write(to writer: inout JSONWriter, serviceTier: [UInt8]) {
    for member in members { writer.member(member.name, raw: member.value) }
    writer.member("service_tier", raw: serviceTier.isEmpty ? self.serviceTier : serviceTier)
  }

  /// `reasoning` with both members that clients look for.
  private static func reasoning(_ given: JSONTree) -> JSONTree {
    var members = given.objectValue ?? []
    for name in ["effort", "summary"] where given[name] == nil { members.append(.init(name, .null)) }
    return .object(members)
  }

  /// `text` with a format and a verbosity, which are plain text and medium unless the request says otherwise.
  private static func text(_ given: JSONTree) -> JSONTree {
    var members = (given.objectValue ?? []).filter { $0.value != .null }
    if given["format"] ?? .null == .null {
      members.insert(.init("format", .object([.init("type", .string("text"))])), at: 0)
    }
    if given["verbosity"] ?? .null == .null { members.append(.init("verbosity", .string("medium"))) }
    return .object(members)
  }

  /// A function with the members that the published schema requires.
  private static func tool(_ tool: JSONTree) -> JSONTree {
    guard case .object(var members) = tool, tool["type"] == .string("function") else { return tool }
    for name in ["strict", "parameters"] where tool[name] == nil { members.append(.init(name, .null)) }
    return .object(members)
  }
}
