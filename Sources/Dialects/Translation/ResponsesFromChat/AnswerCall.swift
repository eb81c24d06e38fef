import Wire

/// A tool call in a response under way: what the upstream has said of it, and how the client is told.
struct AnswerCall: Sendable {
  /// The index that the upstream gave it; nil where it gives none.
  let index: Int?
  /// The escaped contents of the upstream's id and name: what comes first counts.
  private(set) var upstreamID: [UInt8] = []
  private(set) var name: [UInt8] = []
  /// Arguments of a function, or the input of a custom tool.
  var arguments = EscapedText()
  /// Whether the upstream itself called a custom tool.
  private(set) var isNativeCustom = false
  /// What the upstream wants to see again with the call (Gemini's thought signatures); JSON.
  private(set) var extra: [UInt8] = []
  /// How the client knows it, once it does.
  private(set) var announced: Announced?
  var status = AnswerStatus.inProgress
  private var wholeness = WholeArguments()

  /// What the client has been told of a call, which does not change any more.
  struct Announced: Sendable {
    let id: String
    let outputIndex: Int
    /// The escaped contents of the call id.
    let callID: [UInt8]
    /// The escaped contents of the tool's name.
    let name: [UInt8]
    let namespace: String?
    let isCustom: Bool
    /// What stands between the number and the text in each event that brings a piece.
    let deltaMiddle: [UInt8]
  }

  /// Largest `extra` that is kept.
  static let extraBytesMax = 64 << 10

  init(index: Int?) {
    self.index = index
  }

  /// Whether it is a function that stands for a custom tool: its arguments hold the input, and are held until whole.
  var wrapsInput: Bool { announced.map { $0.isCustom && !isNativeCustom } ?? false }

  /// Whether the arguments are a whole JSON object, so that nothing can be missing.
  mutating func hasWholeArguments() -> Bool { !isNativeCustom && wholeness.check(arguments.bytes) }

  // MARK: - What the upstream says

  mutating func learn(_ fragment: CallFragment, in source: Span<UInt8>) {
    Self.first(&upstreamID, fragment.id, in: source)
    Self.first(&name, fragment.name, in: source)
    if announced == nil { isNativeCustom = isNativeCustom || fragment.isCustom }
    if let value = fragment.extra, value.range.count <= Self.extraBytesMax,
      JSONScan.isSound(source.extracting(value.range))
    {
      extra = [UInt8](copying: value.range, of: source)
    }
  }

  /// Whether a fragment's value is the id that is known.
  func hasID(_ id: JSONValue, in source: Span<UInt8>) -> Bool {
    source.extracting(id.contents).starts(with: upstreamID, at: 0) && id.contents.count == upstreamID.count
  }

  /// Fills `target` from the first sound string that is not empty.
  private static func first(_ target: inout [UInt8], _ value: JSONValue?, in source: Span<UInt8>) {
    guard target.isEmpty, let value, value.kind == .string, value.contents.count <= nameBytesMax,
      JSONScan.isSound(source.extracting(value.range))
    else { return }
    target.append(copying: value.contents, of: source)
  }

  /// Longest id or name that is taken over.
  static let nameBytesMax = 1024

  // MARK: - What the client is told

  /// Fixes how the client knows the call.
  ///
  /// - Parameter isFresh: whether the upstream's id can serve, because no other call has it.
  mutating func announce(outputIndex: Int, isFresh: Bool, tool: ToolTable.Tool?, ids: AnswerIDs) {
    let isCustom = isNativeCustom || tool?.isCustom ?? false
    let id = ids.output(isCustom ? "ctc" : "fc", outputIndex)
    announced = Announced(
      id: id, outputIndex: outputIndex,
      callID: isFresh && !upstreamID.isEmpty ? upstreamID : Array(ids.output("call", outputIndex).utf8),
      name: tool.map { JSONEscape.contents($0.name) } ?? name, namespace: tool?.namespace, isCustom: isCustom,
      deltaMiddle: Array(",\"item_id\":\"\(id)\",\"output_index\":\(outputIndex),\"delta\":\"".utf8))
  }

  /// The text that the client gets in one piece when the call ends.
  var wholeText: [UInt8] {
    guard wrapsInput else { return arguments.bytes }
    let text = arguments.decoded
    // The inner string's contents are escaped as they have to be in the outer document.
    guard let object = JSONScan.value(text.span), object.kind == .object,
      let input = JSONPick.member("input", of: object.range, in: text.span), input.kind == .string,
      JSONScan.isSound(text.span.extracting(input.range))
    else { return arguments.bytes }
    return Array(text[input.contents])
  }

  /// Writes the item as the next value; nothing before it is announced.
  ///
  /// - Parameter text: arguments or input.
  func write(to writer: inout JSONWriter, text: [UInt8]) {
    guard let announced else { return }
    writer.beginObject()
    writer.member("id", announced.id)
    writer.member("type", announced.isCustom ? "custom_tool_call" : "function_call")
    writer.member("status", status.rawValue)
    writer.key("call_id")
    writer.escapedString(announced.callID)
    writer.key("name")
    writer.escapedString(announced.name)
    if let namespace = announced.namespace { writer.member("namespace", namespace) }
    writer.key(announced.isCustom ? "input" : "arguments")
    writer.escapedString(text)
    if !extra.isEmpty { writer.member("extra_content", raw: extra) }
    writer.endObject()
  }
}

/// A piece of a tool call in a chat answer.
struct CallFragment {
  var index: Int?
  var id: JSONValue?
  var name: JSONValue?
  /// `arguments`, or the `input` of a custom tool.
  var text: JSONValue?
  var isCustom = false
  var extra: JSONValue?

  /// Reads an element of `tool_calls`.
  init(_ call: Range<Int>, in source: Span<UInt8>) {
    var cursor = JSONCursor(call, in: source)
    while let member = cursor.nextMember(in: source) {
      func isNamed(_ name: StaticString) -> Bool { source.equals(name, in: member.key) }
      if isNamed("function") {
        readPayload(member.value.range, in: source)
      } else if isNamed("index") {
        index = JSONPick.integer(member.value, in: source)
      } else if isNamed("id") {
        if member.value.kind == .string, !member.value.contents.isEmpty { id = member.value }
      } else if isNamed("custom"), member.value.kind == .object {
        isCustom = true
        readPayload(member.value.range, in: source)
      } else if isNamed("extra_content"), member.value.kind == .object {
        extra = member.value
      }
    }
  }

  /// Reads the value of `function_call`, the predecessor of tool calls.
  init(functionCall: Range<Int>, in source: Span<UInt8>) {
    readPayload(functionCall, in: source)
  }

  /// Whether it begins another call than the one with its index and another id. Servers that number every call 0 are
  /// told from those that make up an id for each piece: the call is whole, is named otherwise, or neither has
  /// arguments.
  ///
  /// - Parameters:
  ///   - name: the escaped contents of the call's name.
  ///   - isWhole: whether the call's arguments are whole.
  func isAnother(
    than name: [UInt8], hasArguments: Bool, isWhole: Bool, in source: Span<UInt8>
  ) -> Bool {
    guard !isWhole else { return true }
    guard let ownName = self.name, !name.isEmpty else { return false }
    return [UInt8](copying: ownName.contents, of: source) != name || !hasArguments && text?.contents.isEmpty ?? true
  }

  private mutating func readPayload(_ payload: Range<Int>, in source: Span<UInt8>) {
    var cursor = JSONCursor(payload, in: source)
    while let member = cursor.nextMember(in: source) {
      if source.equals("name", in: member.key) {
        if member.value.kind == .string, !member.value.contents.isEmpty { name = member.value }
      } else if source.equals("arguments", in: member.key) || source.equals("input", in: member.key) {
        text = member.value
      }
    }
  }
}

extension JSONEscape {
  /// `text` as the escaped contents of a JSON string.
  static func contents(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    append(text, to: &output)
    return output
  }
}
