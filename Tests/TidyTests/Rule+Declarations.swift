/// What the rules read from the declarations of a file.
extension Rule {
  /// The imported modules of a file, each with its line.
  static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let prefixes: Set<Substring> = [
      "package", "public", "internal", "private", "fileprivate", "testable", "_exported", "preconcurrency",
      "_implementationOnly",
    ]
    let byLine = Dictionary(grouping: file.tokens, by: \.line)
    return byLine.compactMap { line, tokens in
      let words = tokens.map(\.text).drop { prefixes.contains($0) }
      guard words.first == "import", let module = words.dropFirst().first(where: { !kinds.contains($0) }) else {
        return nil
      }
      return (String(module), line)
    }.sorted { $0.line < $1.line }
  }

  /// What a file declares with `func`, `let` or `var`.
  static func declaredNames(of file: SourceFile) -> [Substring] {
    zip(file.tokens, file.tokens.dropFirst()).filter { ["func", "let", "var"].contains($0.0.text) }.map(\.1.text)
  }

  /// The functions and initialisers of a file that have a body: name, first line and lines from there to the closing
  /// brace. An estimate by matching braces; accessors and closures count as part of what they stand in.
  static func functions(of file: SourceFile) -> [(name: String, line: Int, lines: Int)] {
    file.tokens.enumerated().compactMap { index, token in
      let name: String
      switch token.text {
      case "func":
        guard index + 1 < file.tokens.count else { return nil }
        // The name of an operator or one in backticks is not a token; then this is its first parameter.
        name = String(file.tokens[index + 1].text)
      case "init" where token.before != UInt8(ascii: "."), "deinit",
        "subscript" where token.before != UInt8(ascii: "."):
        name = String(token.text)
      default: return nil
      }
      guard let body = body(after: token.offset + token.text.utf8.count, in: file.code) else { return nil }
      return (name, token.line, file.line(at: body.upperBound - 1) - token.line + 1)
    }
  }

  /// The braces that follow a declaration's signature; nil for a requirement of a protocol, which has none.
  private static func body(after start: Int, in code: [UInt8]) -> Range<Int>? {
    var (depth, opening) = (0, Int?.none)
    for (offset, byte) in code[start...].enumerated() {
      let position = start + offset
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "{"):
        if depth == 0, opening == nil { opening = position }
        depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth < 0 { return nil }
        if depth == 0, let opening { return opening..<position + 1 }
      case UInt8(ascii: "\n"):
        if depth == 0, opening == nil, isDeclarationNext(code[(position + 1)...]) { return nil }
      default: break
      }
    }
    return nil
  }

  /// Whether the next line begins another declaration, so that the one before had no body.
  private static func isDeclarationNext(_ rest: ArraySlice<UInt8>) -> Bool {
    let line = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    let word = String(decoding: line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "(") }, as: UTF8.self)
    return [
      "func", "init", "var", "let", "static", "mutating", "package", "public", "private", "subscript", "associatedtype",
      "case", "@discardableResult", "consuming", "borrowing",
    ].contains(word)
  }
}
