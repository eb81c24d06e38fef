import Wire

/// A tool call of a chat choice, put together from its fragments.
struct ChatToolCall: Sendable {
  /// The index that its fragments named.
  let index: Int
  /// The escaped contents of the id, the type and the function's name: what comes first counts, because some servers
  /// repeat them in every fragment.
  private(set) var id: [UInt8] = []
  private(set) var type: [UInt8] = []
  private(set) var name: [UInt8] = []
  /// The escaped contents of `arguments`, or of a custom tool's `input`.
  private(set) var arguments: [UInt8] = []
  /// Whether it is a custom tool's call, which has an `input` instead of `arguments`.
  private(set) var isCustom = false
  /// Whatever else servers say about a call, such as Gemini's thought signatures.
  private var extras = RawMembers()
  private var wholeness = WholeArguments()

  init(index: Int) {
    self.index = index
  }

  /// Whether the arguments are a whole JSON object.
  mutating func hasWholeArguments() -> Bool { wholeness.check(arguments) }

  /// Takes in a fragment.
  ///
  /// - Returns: by how many bytes the call has grown.
  mutating func add(_ fragment: Range<Int>, in source: Span<UInt8>) -> Int {
    var growth = 0
    var cursor = JSONCursor(fragment, in: source)
    while let member = cursor.nextMember(in: source) {
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: source, means: name) }
      if isNamed("index") || member.value.kind == .null {
        continue
      } else if isNamed("id") {
        growth += Self.first(&id, member.value, in: source)
      } else if isNamed("type") {
        growth += Self.first(&type, member.value, in: source)
      } else if isNamed("function") || isNamed("custom") {
        isCustom = isCustom || isNamed("custom")
        growth += addPayload(member.value.range, in: source)
      } else {
        growth += extras.set(JSONString.decode(member.key, in: source), member.value.range, in: source)
      }
    }
    return growth
  }

  /// The same for the value of `function`, `custom` or the old `function_call`.
  mutating func addPayload(_ payload: Range<Int>, in source: Span<UInt8>) -> Int {
    let name = JSONPick.member("name", of: payload, in: source)
    var growth = Self.first(&self.name, name, in: source)
    guard
      let text = JSONPick.member("arguments", of: payload, in: source)
        ?? JSONPick.member("input", of: payload, in: source)
    else { return growth }
    growth += addArguments(text, in: source)
    return growth
  }

  private mutating func addArguments(_ value: JSONValue, in source: Span<UInt8>) -> Int {
    switch value.kind {
    case .string:
      let fragment = [UInt8](copying: value.contents, of: source)
      // Some servers say the whole once more at the end.
      if fragment == arguments, !fragment.isEmpty, hasWholeArguments() { return 0 }
      arguments += fragment
      return fragment.count
    case .object:
      // Meant as text, which it is made into.
      let before = arguments.count
      JSONEscape.append(JSONString.plain(value.range, in: source), to: &arguments)
      return arguments.count - before
    case .array, .number, .true, .false, .null: return 0
    }
  }

  /// Writes the call as it stands in a whole message.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.escapedString(id)
    writer.member("type", raw: Self.quoted(type.isEmpty ? Array((isCustom ? "custom" : "function").utf8) : type))
    writer.key(isCustom ? "custom" : "function")
    writePayload(to: &writer)
    extras.write(to: &writer)
    writer.endObject()
  }

  /// Writes name and arguments alone.
  func writePayload(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("name")
    writer.escapedString(name)
    writer.key(isCustom ? "input" : "arguments")
    writer.escapedString(arguments)
    writer.endObject()
  }

  private static func quoted(_ contents: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "\"")] + contents + [UInt8(ascii: "\"")]
  }

  /// Fills `target` from the first string that is not empty; by how much it grew.
  private static func first(_ target: inout [UInt8], _ value: JSONValue?, in source: Span<UInt8>) -> Int {
    guard target.isEmpty, let value, value.kind == .string else { return 0 }
    target.append(copying: value.contents, of: source)
    return target.count
  }
}

extension JSONString {
  /// The bytes of `range` as text.
  static func plain(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
    String(decoding: [UInt8](copying: range, of: bytes), as: UTF8.self)
  }
}
