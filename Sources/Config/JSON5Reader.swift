/// Reads JSON5 (json5.org, version 1.0.0) into a tree that knows where everything stood.
///
/// Not accepted although JSON5 has them: `Infinity` and `NaN`, which no option can mean. Duplicate keys stay in the
/// tree; `OptionChecker` reports them with all other mistakes.
package struct JSON5Reader {
  /// Largest document, in bytes: a hundred thousand client keys with their digests take 10 MiB.
  package static let bytesMax = 16 << 20
  /// Deepest nesting of objects and arrays.
  package static let depthMax = 32

  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  /// Index of the first scalar of the current line.
  private var lineStart = 0
  private var depth = 0

  /// The tree of a document; the error is the first place where it is no JSON5.
  package static func read(_ bytes: [UInt8]) throws(JSON5Failure) -> ConfigNode {
    guard bytes.count <= bytesMax else {
      throw JSON5Failure(line: 1, column: 1, message: "the file is larger than \(bytesMax >> 20) MiB")
    }
    var reader = JSON5Reader(scalars: try decode(bytes))
    try reader.skipSpace()
    let root = try reader.value()
    try reader.skipSpace()
    guard reader.index == reader.scalars.count else {
      throw reader.failure("expected the end of the file after the value, found \(reader.found)")
    }
    return root
  }

  private init(scalars: [Unicode.Scalar]) {
    self.scalars = scalars
  }

  private static func decode(_ bytes: [UInt8]) throws(JSON5Failure) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.count)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): scalars.append(scalar)
      case .emptyInput: return scalars
      case .error:
        var reader = JSON5Reader(scalars: scalars)
        while reader.index < scalars.count { reader.advance() }
        throw reader.failure("the file is not valid UTF-8")
      }
    }
  }

  // MARK: - Cursor

  var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  func peek(_ offset: Int) -> Unicode.Scalar? {
    index + offset < scalars.count ? scalars[index + offset] : nil
  }

  /// Moves over one scalar and counts lines: LF, CR and CR LF end one, as in editors.
  mutating func advance() {
    let scalar = scalars[index]
    index += 1
    if scalar == "\n" || (scalar == "\r" && current != "\n") {
      line += 1
      lineStart = index
    }
  }

  var origin: ConfigOrigin { .file(line: line, column: index - lineStart + 1) }

  func failure(_ message: String) -> JSON5Failure {
    JSON5Failure(line: line, column: index - lineStart + 1, message: message)
  }

  /// What stands at the cursor, in words.
  var found: String {
    guard let current else { return "the end of the file" }
    if current == "\n" || current == "\r" { return "the end of the line" }
    if current.value < 0x20 || current.value == 0x7F { return "a control character" }
    return "`\(current)`"
  }

  // MARK: - Space

  /// Moves over white space and comments.
  mutating func skipSpace() throws(JSON5Failure) {
    while let scalar = current {
      if Self.isSpace(scalar) {
        advance()
      } else if scalar == "/" && peek(1) == "/" {
        while let next = current, next != "\n", next != "\r" { advance() }
      } else if scalar == "/" && peek(1) == "*" {
        try skipBlockComment()
      } else {
        return
      }
    }
  }

  private mutating func skipBlockComment() throws(JSON5Failure) {
    let opening = failure("this comment is never closed with `*/`")
    advance()
    advance()
    while let scalar = current {
      advance()
      if scalar == "*" && current == "/" {
        advance()
        return
      }
    }
    throw opening
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\n", "\r", "\u{B}", "\u{C}", "\u{A0}", "\u{FEFF}", "\u{2028}", "\u{2029}": true
    default: scalar.value > 0x7F && scalar.properties.generalCategory == .spaceSeparator
    }
  }

  // MARK: - Values

  private mutating func value() throws(JSON5Failure) -> ConfigNode {
    let start = origin
    guard let scalar = current else { throw failure("expected a value, found \(found)") }
    switch scalar {
    case "{": return ConfigNode(.object(try object()), origin: start)
    case "[": return ConfigNode(.array(try array()), origin: start)
    case "\"", "'": return ConfigNode(.string(try string()), origin: start)
    case "+", "-", ".", "0"..."9": return ConfigNode(.number(try number()), origin: start)
    default:
      guard Self.startsIdentifier(scalar) else { throw failure("expected a value, found \(found)") }
      return ConfigNode(try word(), origin: start)
    }
  }

  private mutating func word() throws(JSON5Failure) -> ConfigNode.Value {
    let before = self
    let word = try identifier()
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "Infinity", "NaN": throw before.failure("`\(word)` is not accepted: every number must be finite")
    // The word itself may be a secret.
    default: throw before.failure("this is no value; text needs quotes")
    }
  }

  private mutating func object() throws(JSON5Failure) -> [ConfigMember] {
    let opening = failure("this `{` is never closed")
    try enter()
    var members: [ConfigMember] = []
    while true {
      try skipSpace()
      guard current != nil else { throw opening }
      if current == "}" { break }
      members.append(try member())
      try skipSpace()
      guard current != nil else { throw opening }
      if current == "}" { break }
      guard current == "," else { throw failure("expected `,` or `}` after the value, found \(found)") }
      advance()
    }
    leave()
    return members
  }

  private mutating func member() throws(JSON5Failure) -> ConfigMember {
    let start = origin
    let key: String
    if current == "\"" || current == "'" {
      key = try string()
    } else if let scalar = current, Self.startsIdentifier(scalar) {
      key = try identifier()
    } else {
      throw failure("expected a key or `}`, found \(found)")
    }
    try skipSpace()
    guard current == ":" else { throw failure("expected `:` after the key `\(key)`, found \(found)") }
    advance()
    try skipSpace()
    return ConfigMember(key: key, origin: start, value: try value())
  }

  private mutating func array() throws(JSON5Failure) -> [ConfigNode] {
    let opening = failure("this `[` is never closed")
    try enter()
    var elements: [ConfigNode] = []
    while true {
      try skipSpace()
      guard current != nil else { throw opening }
      if current == "]" { break }
      elements.append(try value())
      try skipSpace()
      guard current != nil else { throw opening }
      if current == "]" { break }
      guard current == "," else { throw failure("expected `,` or `]` after the value, found \(found)") }
      advance()
    }
    leave()
    return elements
  }

  private mutating func enter() throws(JSON5Failure) {
    guard depth < Self.depthMax else { throw failure("nested deeper than \(Self.depthMax) levels") }
    depth += 1
    advance()
  }

  private mutating func leave() {
    depth -= 1
    advance()
  }
}

/// The first place where a document is no JSON5.
package struct JSON5Failure: Error, Equatable, Sendable {
  /// Counts from 1.
  package var line: Int
  /// Counts from 1, in Unicode scalars.
  package var column: Int
  /// What is wrong there.
  package var message: String

  package init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}
