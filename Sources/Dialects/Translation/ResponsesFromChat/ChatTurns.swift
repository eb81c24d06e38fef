import Policy
import Wire

/// Turns items of the responses API into the messages of a chat request.
///
/// The chat API knows messages only: reasoning, what the assistant said and all its parallel calls go into one message,
/// which the outputs of the calls must follow directly. So the assistant's message stays open until its calls are
/// answered, and what others say in between waits until then.
struct ChatTurns {
  private(set) var messages: [ChatMessage] = []

  private let capabilities: ChatCapabilities
  private let parts: ChatParts
  /// The place of the assistant's message that is still open.
  private var assistant: Int?
  /// The calls of that message that have no output yet.
  private var unanswered: Set<String> = []
  /// What was said while there were any.
  private var deferred: [ChatMessage] = []
  /// Images and files of outputs, for upstreams whose tool messages cannot have them.
  private var attachments: [ChatMessage.Part] = []
  /// Reasoning that belongs to the assistant's next message.
  private var reasoning = ""

  init(_ capabilities: ChatCapabilities) {
    self.capabilities = capabilities
    parts = ChatParts(capabilities)
  }

  mutating func addInstructions(_ text: String) {
    messages.append(ChatMessage(role: role("developer"), content: [.text(text)]))
  }

  /// Takes all items of the request, the history first.
  mutating func add(_ places: [ItemPlace]) throws(Failure) {
    let pairs = try CallPairs(places)
    for (index, place) in places.enumerated() where !pairs.abandoned.contains(index) { try add(place) }
  }

  private mutating func add(_ place: ItemPlace) throws(Failure) {
    let item = place.item
    switch place.type {
    case "message": try addMessage(place)
    case "reasoning": addReasoning(item)
    case "function_call": addCall(functionCall(item), try place.callID())
    case "custom_tool_call": addCall(customCall(item), try place.callID())
    case "function_call_output", "custom_tool_call_output": try addOutput(place, try place.callID())
    case "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_list_tools",
      "mcp_call", "tool_search_call", "tool_search_output", "additional_tools":
      // What hosted tools did in earlier turns: the answers that came of it are in the messages.
      break
    case "item_reference": throw place.refusal(.itemNotFound, "id", "A referenced item was not found.")
    case "mcp_approval_request", "mcp_approval_response", "computer_call", "computer_call_output", "compaction",
      "compaction_trigger", "program", "program_output", "configuration_update", "local_shell_call",
      "local_shell_call_output", "shell_call", "shell_call_output", "apply_patch_call", "apply_patch_call_output":
      throw place.unsupported("type", "no items of type '\(place.type)'")
    default:
      throw place.refusal(
        .invalidValue, "type", "Invalid value for '\(place.path).type': '\(place.type.prefix(100))' is not known.")
    }
  }

  private func role(_ role: String) -> String {
    role == "developer" && !capabilities.knowsDeveloperRole ? "system" : role
  }

  // MARK: - Messages

  private mutating func addMessage(_ place: ItemPlace) throws(Failure) {
    let role = place.item["role"]?.stringValue ?? "user"
    guard role != "assistant" else { return try addAssistant(place) }
    let message = ChatMessage(role: self.role(role), content: try parts.read(place, "content", role: role))
    guard unanswered.isEmpty else { return deferred.append(message) }
    assistant = nil
    reasoning = ""
    messages.append(message)
  }

  private mutating func addAssistant(_ place: ItemPlace) throws(Failure) {
    let content = try parts.read(place, "content", role: "assistant")
    let refusal = capabilities.nativeRefusals ? parts.refusal(of: place.item) : nil
    // An empty message says nothing, and some servers refuse it.
    guard !content.isEmpty || refusal != nil else { return }
    if unanswered.isEmpty { assistant = nil }
    let open = openAssistant()
    // Between calls and their outputs there is no room for another message.
    if !messages[open].content.isEmpty { messages[open].content.append(.text("\n")) }
    messages[open].content += content
    if let refusal { messages[open].refusal = (messages[open].refusal ?? "") + refusal }
  }

  private mutating func addReasoning(_ item: JSONTree) {
    let content = (item["content"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }
    let summary = (item["summary"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }
    reasoning += (content.isEmpty ? summary : content).joined(separator: "\n")
  }

  /// The place of the assistant's message, which is begun if none is open.
  private mutating func openAssistant() -> Int {
    let open = assistant ?? messages.count
    if assistant == nil { messages.append(ChatMessage(role: "assistant")) }
    assistant = open
    messages[open].reasoning += reasoning
    reasoning = ""
    return open
  }

  // MARK: - Calls

  private mutating func addCall(_ call: JSONTree, _ id: String) {
    messages[openAssistant()].calls.append(call)
    unanswered.insert(id)
  }

  private mutating func addOutput(_ place: ItemPlace, _ id: String) throws(Failure) {
    var message = ChatMessage(role: "tool", content: try parts.read(place, "output", role: "tool"))
    message.callID = chatID(id)
    if !capabilities.toolMessageParts {
      attachments += message.content.filter { if case .other = $0 { true } else { false } }
      message.content.removeAll { if case .other = $0 { true } else { false } }
    }
    messages.append(message)
    unanswered.remove(id)
    guard unanswered.isEmpty else { return }
    assistant = nil
    if !attachments.isEmpty { messages.append(ChatMessage(role: "user", content: attachments)) }
    messages += deferred
    attachments = []
    deferred = []
  }

  private func functionCall(_ item: JSONTree) -> JSONTree {
    let name = item["name"]?.stringValue ?? ""
    let arguments = item["arguments"]?.stringValue ?? ""
    return call(
      item, "function",
      [
        .init("name", .string(ToolTable.chatName(name, namespace: item["namespace"]?.stringValue))),
        // Servers that read the arguments again fail on nothing.
        .init("arguments", .string(arguments.isEmpty ? "{}" : arguments)),
      ])
  }

  private func customCall(_ item: JSONTree) -> JSONTree {
    let name = ToolTable.chatName(item["name"]?.stringValue ?? "", namespace: item["namespace"]?.stringValue)
    let input = item["input"] ?? .string("")
    if capabilities.nativeCustomTools {
      return call(item, "custom", [.init("name", .string(name)), .init("input", input)])
    }
    let arguments = JSONTree.object([.init("input", input)]).encoded
    return call(
      item, "function",
      [.init("name", .string(name)), .init("arguments", .string(String(decoding: arguments, as: UTF8.self)))])
  }

  private func call(_ item: JSONTree, _ type: String, _ members: [JSONTree.Member]) -> JSONTree {
    var call: [JSONTree.Member] = [
      .init("id", .string(chatID(item["call_id"]?.stringValue ?? ""))), .init("type", .string(type)),
      .init(type, .object(members)),
    ]
    // Gemini's thought signatures: without them the next turn is refused.
    if let extra = item["extra_content"] { call.append(.init("extra_content", extra)) }
    return .object(call)
  }

  private func chatID(_ id: String) -> String { capabilities.callIDs.fitted(id) }
}

extension ChatCapabilities.CallIDForm {
  /// `id`, or a digest of it where it does not fit; the same for the same id.
  func fitted(_ id: String) -> String {
    switch self {
    case .upTo40: return id.utf8.count <= 40 ? id : "call_" + Self.digest(id, digits: 16)
    case .nineAlphanumeric:
      let fits =
        id.utf8.count == 9
        && id.utf8.allSatisfy { byte in
          byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
        }
      return fits ? id : Self.digest(id, digits: 9)
    }
  }

  /// FNV-1a, in letters and digits: ids of one request need to differ, not to be safe.
  private static func digest(_ id: String, digits: Int) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let text = String(hash, radix: 16)
    return String((String(repeating: "0", count: 16 - text.count) + text).suffix(digits))
  }
}
