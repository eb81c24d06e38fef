/// Swift source with everything that is not code blanked out: comments, the insides of string literals and of names in
/// backticks become spaces, byte for byte, so that offsets and line numbers stay those of the file. Code interpolated
/// into a string stays visible. Regular-expression literals are not recognised.
struct CodeMask {
  /// As long as the source.
  private(set) var code: [UInt8]
  /// Line numbers (from 1) that begin inside a multi-line string literal: data rather than code.
  private(set) var literalLines: Set<Int> = []

  private let source: [UInt8]
  private var position = 0
  private var line = 1

  init(_ source: [UInt8]) {
    self.source = source
    code = source
    readCode(isInterpolation: false)
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < source.count ? source[position + distance] : nil
  }

  private func isNext(_ text: StaticString, at distance: Int = 0) -> Bool {
    text.withUTF8Buffer { text in text.indices.allSatisfy { peek(distance + $0) == text[$0] } }
  }

  private mutating func step(blank: Bool) {
    if source[position] == UInt8(ascii: "\n") {
      line += 1
    } else if blank {
      code[position] = UInt8(ascii: " ")
    }
    position += 1
  }

  private mutating func step(_ count: Int, blank: Bool) {
    for _ in 0..<count where position < source.count { step(blank: blank) }
  }

  /// Reads to the end of the file, or to the parenthesis that closes an interpolation.
  private mutating func readCode(isInterpolation: Bool) {
    var depth = 0
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "/") where isNext("//"):
        while let byte = peek(), byte != UInt8(ascii: "\n") { step(blank: true) }
      case UInt8(ascii: "/") where isNext("/*"): readComment()
      case UInt8(ascii: "\""), UInt8(ascii: "#"): readLiteralOrHash()
      case UInt8(ascii: "`"):
        step(blank: true)
        while let byte = peek(), byte != UInt8(ascii: "`"), byte != UInt8(ascii: "\n") { step(blank: true) }
        step(1, blank: true)
      case UInt8(ascii: "("):
        depth += 1
        step(blank: false)
      case UInt8(ascii: ")"):
        step(blank: false)
        depth -= 1
        if isInterpolation, depth < 0 { return }
      default: step(blank: false)
      }
    }
  }

  private mutating func readComment() {
    var depth = 0
    repeat {
      if isNext("/*") {
        depth += 1
        step(2, blank: true)
      } else if isNext("*/") {
        depth -= 1
        step(2, blank: true)
      } else {
        step(1, blank: true)
      }
    } while depth > 0 && position < source.count
  }

  private mutating func readLiteralOrHash() {
    var hashes = 0
    while peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
    guard peek(hashes) == UInt8(ascii: "\"") else { return step(hashes, blank: false) }
    let isMultiLine = isNext("\"\"\"", at: hashes)
    step(hashes + (isMultiLine ? 3 : 1), blank: true)
    readLiteral(hashes: hashes, isMultiLine: isMultiLine)
  }

  private mutating func readLiteral(hashes: Int, isMultiLine: Bool) {
    let areHashesNext = { (mask: CodeMask, start: Int) in
      (0..<hashes).allSatisfy { mask.peek(start + $0) == UInt8(ascii: "#") }
    }
    while let byte = peek() {
      if byte == UInt8(ascii: "\\"), areHashesNext(self, 1) {
        let isInterpolation = peek(1 + hashes) == UInt8(ascii: "(")
        step(2 + hashes, blank: true)
        if isInterpolation { readCode(isInterpolation: true) }
      } else if isMultiLine
        ? isNext("\"\"\"") && areHashesNext(self, 3) : byte == UInt8(ascii: "\"") && areHashesNext(self, 1)
      {
        return step((isMultiLine ? 3 : 1) + hashes, blank: true)
      } else if byte == UInt8(ascii: "\n"), !isMultiLine {
        // Does not compile; give up here rather than swallow the rest of the file.
        return
      } else {
        step(blank: true)
        if byte == UInt8(ascii: "\n") { literalLines.insert(line) }
      }
    }
  }
}
