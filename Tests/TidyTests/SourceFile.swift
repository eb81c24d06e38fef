/// One Swift file as the rules see it.
struct SourceFile {
  /// A word or number of the code, with what stands directly around it.
  struct Token {
    var text: Substring
    var line: Int
    /// Offset in the file's bytes.
    var offset: Int
    /// The bytes before and after, spaces skipped; nil at the ends of the file.
    var before: UInt8?
    var after: UInt8?
  }

  /// Path from the root of the repository.
  let path: String
  let lines: [Substring]
  /// The file's bytes without comments and literals.
  let code: [UInt8]
  /// Lines that begin inside a multi-line string literal.
  let literalLines: Set<Int>
  let tokens: [Token]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let mask = CodeMask(Array(text.utf8))
    code = mask.code
    literalLines = mask.literalLines
    tokens = Self.tokens(in: mask.code)
  }

  var name: Substring { path.split(separator: "/").last ?? "" }

  /// The module of a product's source file: `Wire` for `Sources/Wire/JSON/JSONScan.swift`.
  var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  /// The line number, from 1, of a byte offset.
  func line(at offset: Int) -> Int {
    code[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
  }

  private static func tokens(in code: [UInt8]) -> [Token] {
    var tokens: [Token] = []
    var (position, line) = (0, 1)
    var before: UInt8?
    while position < code.count {
      let start = position
      while position < code.count, isWord(code[position]) { position += 1 }
      if position > start {
        let after = code[position...].first { $0 != UInt8(ascii: " ") }
        let text = String(decoding: code[start..<position], as: UTF8.self)
        tokens.append(Token(text: text[...], line: line, offset: start, before: before, after: after))
        before = code[position - 1]
        continue
      }
      switch code[position] {
      case UInt8(ascii: "\n"): (line, before) = (line + 1, UInt8(ascii: "\n"))
      case UInt8(ascii: " "): break
      default: before = code[position]
      }
      position += 1
    }
    return tokens
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: byte >= 0x80
    }
  }
}

/// A place that breaks a rule.
struct Violation: CustomStringConvertible {
  var path: String
  var line: Int
  var rule: String
  /// What was found there.
  var found: String

  var description: String { "\(path):\(line): \(rule) (\(found))" }
}
