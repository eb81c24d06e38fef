import Wire

/// A text of a choice that comes in pieces: `content`, `refusal`, `reasoning_content`, `text` of a completion, or
/// whatever other member of a delta is a string.
struct ChatText: Sendable {
  /// The escaped contents of all pieces in a row. Escaped, because a character may be cut in two between pieces.
  fileprivate(set) var bytes: [UInt8] = []

  /// What the pieces read as together.
  var decoded: [UInt8] {
    var text: [UInt8] = []
    JSONString.append(0..<bytes.count, in: bytes.span, to: &text)
    return text
  }
}

/// One choice of a chat or completions answer, put together from its deltas.
struct ChatChoice: Sendable {
  /// The choice's index.
  let index: Int
  /// The escaped contents of the role; the first counts.
  private(set) var role: [UInt8] = []
  private(set) var texts = NamedList<ChatText>()
  private(set) var toolCalls: [ChatToolCall] = []
  /// The predecessor of tool calls.
  private(set) var functionCall: ChatToolCall?
  private(set) var finish: FinishReason?
  /// The escaped contents of `finish_reason` as the upstream spelled it.
  private(set) var finishBytes: [UInt8] = []
  private(set) var logprobs = RawLists()
  /// Lists within deltas, such as annotations.
  private(set) var lists = RawLists()
  /// Other members of deltas, and of the choice itself.
  private(set) var deltaExtras = RawMembers()
  private(set) var extras = RawMembers()

  init(index: Int) {
    self.index = index
  }

  /// The text named `name`, if any of it has come.
  func text(_ name: String) -> ChatText? { texts.place(of: name).map { texts[$0] } }

  /// Takes in a choice of one event.
  ///
  /// - Returns: by how many bytes it has grown.
  mutating func add(_ choice: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(choice, in: source)
    while let member = cursor.nextMember(in: source) {
      let value = member.value
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: source, means: name) }
      if isNamed("delta") {
        growth += addDelta(value.range, in: source)
      } else if isNamed("finish_reason") {
        noteFinish(value, in: source)
      } else if isNamed("text"), value.kind == .string {
        growth += append("text", value.contents, in: source)
      } else if isNamed("logprobs") {
        growth += addLogprobs(value.range, in: source)
      } else if value.kind != .null, !isNamed("index"), !isNamed("message"), !isNamed("usage") {
        // `message`: a few servers repeat the whole text so far in it.
        growth += extras.set(JSONString.decode(member.key, in: source), value.range, in: source)
      }
    }
    return growth
  }

  private mutating func addDelta(_ delta: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(delta, in: source)
    while let member = cursor.nextMember(in: source) {
      let value = member.value
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: source, means: name) }
      switch value.kind {
      case .null: break
      case .string where isNamed("role"):
        if role.isEmpty { role.append(copying: value.contents, of: source) }
      case .string:
        growth += append(JSONString.decode(member.key, in: source), value.contents, in: source)
      case .array where isNamed("tool_calls"):
        growth += addCalls(value.range, in: source)
      case .array where isNamed("content"):
        growth += addContentParts(value.range, in: source)
      case .array:
        growth += lists.append(JSONString.decode(member.key, in: source), value, in: source)
      case .object where isNamed("function_call"):
        var call = functionCall ?? ChatToolCall(index: 0)
        functionCall = nil
        growth += call.addPayload(value.range, in: source)
        functionCall = call
      case .object, .number, .true, .false:
        growth += deltaExtras.set(JSONString.decode(member.key, in: source), value.range, in: source)
      }
    }
    return growth
  }

  private mutating func append(_ name: String, _ contents: Range<Int>, in source: Span<UInt8>) -> Int {
    let known = texts.place(of: name)
    texts[known ?? texts.append(name, ChatText())].bytes.append(copying: contents, of: source)
    return contents.count + (known == nil ? NamedList<ChatText>.overhead + name.utf8.count : 0)
  }

  /// Content as a list of parts: their texts, in order.
  private mutating func addContentParts(_ list: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(list, in: source)
    while let part = cursor.nextElement(in: source) {
      guard let text = JSONPick.member("text", of: part.range, in: source), text.kind == .string else { continue }
      growth += append("content", text.contents, in: source)
    }
    return growth
  }

  private mutating func addLogprobs(_ object: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(object, in: source)
    while let member = cursor.nextMember(in: source) {
      guard member.value.kind == .array else { continue }
      growth += logprobs.append(JSONString.decode(member.key, in: source), member.value, in: source)
    }
    return growth
  }

  /// The first reason counts, except that `tool_calls` is truer than `stop`.
  private mutating func noteFinish(_ value: JSONValue, in source: Span<UInt8>) {
    guard let reason = FinishReason.read(value, in: source) else { return }
    guard finish == nil || finish == .stop && reason == .toolCalls else { return }
    finish = reason
    finishBytes = [UInt8](copying: value.contents, of: source)
  }

  // MARK: - Tool calls

  /// Most tool calls of a choice that are told apart, as in openai-node.
  static let callsMax = 128

  private mutating func addCalls(_ list: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(list, in: source)
    while let fragment = cursor.nextElement(in: source) {
      guard let place = place(of: CallFragment(fragment.range, in: source), in: source) else { continue }
      growth += toolCalls[place].add(fragment.range, in: source)
    }
    return growth
  }

  /// Which call a fragment belongs to: by its index, else to the last one. A new id begins a new call where the index
  /// is missing, or is one whose call is another (servers that number every call 0).
  private mutating func place(of fragment: CallFragment, in source: Span<UInt8>) -> Int? {
    let index = fragment.index
    let known = index.map { index in toolCalls.lastIndex { $0.index == index } } ?? toolCalls.indices.last
    if let known, !Self.beginsAnother(fragment, than: &toolCalls[known], in: source) { return known }
    guard toolCalls.count < Self.callsMax else { return nil }
    toolCalls.append(ChatToolCall(index: index ?? toolCalls.count))
    return toolCalls.count - 1
  }

  private static func beginsAnother(
    _ fragment: CallFragment, than call: inout ChatToolCall, in source: Span<UInt8>
  ) -> Bool {
    guard let id = fragment.id, !call.id.isEmpty, [UInt8](copying: id.contents, of: source) != call.id else {
      return false
    }
    return fragment.index == nil
      || fragment.isAnother(
        than: call.name, hasArguments: !call.arguments.isEmpty, isWhole: call.hasWholeArguments(), in: source)
  }
}
