/// Walks a text by the grammar of RFC 8259 and fails at the first byte that breaks it.
///
/// Recursive descent; the depth cap bounds the stack. Strings must be valid UTF-8; escapes of lone surrogates
/// are allowed, as the grammar allows them.
struct JSONValidator {
  /// The next byte to look at.
  private(set) var position = 0
  let depthMax: Int
  /// Members of the outermost object that are noted; the first so many.
  private let membersMax: Int
  var members: [JSONMember] = []
  /// Members of the outermost object, noted or not, where any are to be.
  private(set) var memberCount = 0

  init(depthMax: Int, membersMax: Int = 0) {
    self.depthMax = depthMax
    self.membersMax = membersMax
    if membersMax > 0 { members.reserveCapacity(16) }
  }

  /// Validates one value with nothing but white space around it.
  mutating func document(_ bytes: Span<UInt8>) throws(JSONFailure) -> JSONValue {
    skipWhitespace(bytes)
    let start = position
    let kind = try value(bytes, depth: 0)
    let end = position
    skipWhitespace(bytes)
    guard position == bytes.count else { throw failure("unexpected bytes after the value") }
    return JSONValue(kind: kind, range: start..<end)
  }

  private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
    position = JSONBytes.pastWhitespace(bytes, from: position, end: bytes.count)
  }

  private func failure(_ reason: String, at offset: Int? = nil) -> JSONFailure {
    JSONFailure(offset: offset ?? position, reason: reason)
  }

  private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONFailure) -> JSONKind {
    guard position < bytes.count else { throw failure("the text ends where a value is expected") }
    switch bytes[position] {
    case JSONBytes.quote:
      try string(bytes)
      return .string
    case JSONBytes.objectOpen:
      try object(bytes, depth: depth + 1)
      return .object
    case JSONBytes.arrayOpen:
      try array(bytes, depth: depth + 1)
      return .array
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      try number(bytes)
      return .number
    case UInt8(ascii: "t"):
      try literal("true", bytes)
      return .true
    case UInt8(ascii: "f"):
      try literal("false", bytes)
      return .false
    case UInt8(ascii: "n"):
      try literal("null", bytes)
      return .null
    default:
      throw failure("expected a value")
    }
  }

  private mutating func literal(_ text: StaticString, _ bytes: Span<UInt8>) throws(JSONFailure) {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count, bytes.equals(text, in: position..<end) else {
      throw failure("expected a value")
    }
    position = end
  }

  private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONFailure) {
    guard depth <= depthMax else { throw failure("nested deeper than \(depthMax) levels") }
    position += 1
    skipWhitespace(bytes)
    if position < bytes.count, bytes[position] == JSONBytes.objectClose {
      position += 1
      return
    }
    while true {
      guard position < bytes.count, bytes[position] == JSONBytes.quote else {
        throw failure("expected a member name in double quotes")
      }
      let name = position
      try string(bytes)
      let nameEnd = position
      skipWhitespace(bytes)
      guard position < bytes.count, bytes[position] == JSONBytes.colon else { throw failure("expected ':'") }
      position += 1
      skipWhitespace(bytes)
      let start = position
      let kind = try value(bytes, depth: depth)
      if depth == 1, membersMax > 0 {
        note(JSONMember(key: name + 1..<nameEnd - 1, value: JSONValue(kind: kind, range: start..<position)))
      }
      skipWhitespace(bytes)
      guard position < bytes.count else { throw failure("the text ends inside an object") }
      switch bytes[position] {
      case JSONBytes.comma:
        position += 1
        skipWhitespace(bytes)
      case JSONBytes.objectClose:
        position += 1
        return
      default:
        throw failure("expected ',' or '}'")
      }
    }
  }

  private mutating func note(_ member: JSONMember) {
    memberCount += 1
    if memberCount <= membersMax { members.append(member) }
  }

  private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONFailure) {
    guard depth <= depthMax else { throw failure("nested deeper than \(depthMax) levels") }
    position += 1
    skipWhitespace(bytes)
    if position < bytes.count, bytes[position] == JSONBytes.arrayClose {
      position += 1
      return
    }
    while true {
      _ = try value(bytes, depth: depth)
      skipWhitespace(bytes)
      guard position < bytes.count else { throw failure("the text ends inside an array") }
      switch bytes[position] {
      case JSONBytes.comma:
        position += 1
        skipWhitespace(bytes)
      case JSONBytes.arrayClose:
        position += 1
        return
      default:
        throw failure("expected ',' or ']'")
      }
    }
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259, section 6).
  private mutating func number(_ bytes: Span<UInt8>) throws(JSONFailure) {
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits(bytes)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try digits(bytes)
    }
    guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return }
    position += 1
    if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
      position += 1
    }
    try digits(bytes)
  }

  private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFailure) {
    let start = position
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position &+= 1 }
    guard position > start else { throw failure("expected a digit") }
  }

  private mutating func string(_ bytes: Span<UInt8>) throws(JSONFailure) {
    let open = position
    var index = position + 1
    while true {
      index = JSONBytes.plainRunEnd(bytes, from: index)
      guard index < bytes.count else { throw failure("a string is not closed", at: open) }
      switch bytes[index] {
      case JSONBytes.quote:
        position = index + 1
        return
      case JSONBytes.backslash:
        index = try escape(bytes, at: index)
      case 0..<0x20:
        throw failure("a control character in a string must be escaped", at: index)
      default:
        repeat {
          index = try character(bytes, at: index)
        } while index < bytes.count && bytes[index] >= 0x80
      }
    }
  }

  private func escape(_ bytes: Span<UInt8>, at index: Int) throws(JSONFailure) -> Int {
    guard index + 1 < bytes.count else { throw failure("a string is not closed", at: index) }
    switch bytes[index + 1] {
    case JSONBytes.quote, JSONBytes.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return index + 2
    case UInt8(ascii: "u"):
      guard JSONString.codeUnit(bytes, at: index + 2) != nil else {
        throw failure("expected four hexadecimal digits after \\u", at: index)
      }
      return index + 6
    default:
      throw failure("unknown escape in a string", at: index)
    }
  }

  /// Checks one multi-byte character by the table of well-formed sequences (Unicode 3.9, table 3-7).
  private func character(_ bytes: Span<UInt8>, at index: Int) throws(JSONFailure) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[index] {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: throw failure("a string is not valid UTF-8", at: index)
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else {
      throw failure("a string is not valid UTF-8", at: index)
    }
    for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 {
      throw failure("a string is not valid UTF-8", at: index)
    }
    return index + length
  }
}
