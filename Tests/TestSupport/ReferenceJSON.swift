/// A slow and obvious acceptor of RFC 8259, to check the fast one against.
package struct ReferenceJSON {
  private var rest: ArraySlice<UInt8>

  /// Whether `bytes` are one JSON text that nests at most `depthMax` levels deep.
  package static func accepts(_ bytes: [UInt8], depthMax: Int = 128) -> Bool {
    // Outside of strings only ASCII is allowed, so the text as a whole must be UTF-8.
    guard String(validating: bytes, as: UTF8.self) != nil else { return false }
    var reference = ReferenceJSON(rest: bytes[...])
    return reference.value(depthMax) && reference.rest.isEmpty
  }

  private mutating func eat(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  private mutating func eatSpace() {
    rest = rest.drop { " \t\r\n".utf8.contains($0) }
  }

  private mutating func value(_ depth: Int) -> Bool {
    eatSpace()
    defer { eatSpace() }
    if eat("{") { return depth > 0 && entries("}") { $0.string() && $0.colon() && $0.value(depth - 1) } }
    if eat("[") { return depth > 0 && entries("]") { $0.value(depth - 1) } }
    if rest.first == UInt8(ascii: "\"") { return string() }
    return eat("true") || eat("false") || eat("null") || number()
  }

  private mutating func entries(_ close: String, _ entry: (inout ReferenceJSON) -> Bool) -> Bool {
    eatSpace()
    if eat(close) { return true }
    repeat {
      eatSpace()
      guard entry(&self) else { return false }
      eatSpace()
    } while eat(",")
    return eat(close)
  }

  private mutating func colon() -> Bool {
    eatSpace()
    return eat(":")
  }

  private mutating func string() -> Bool {
    guard eat("\"") else { return false }
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return true }
      if byte < 0x20 { return false }
      guard byte == UInt8(ascii: "\\") else { continue }
      guard let escape = rest.popFirst() else { return false }
      if escape == UInt8(ascii: "u") {
        let digits = rest.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else { return false }
        rest = rest.dropFirst(4)
      } else if !"\"\\/bfnrt".utf8.contains(escape) {
        return false
      }
    }
    return false
  }

  private mutating func number() -> Bool {
    _ = eat("-")
    if !eat("0") { guard digits() else { return false } }
    if eat(".") { guard digits() else { return false } }
    guard eat("e") || eat("E") else { return true }
    _ = eat("+") || eat("-")
    return digits()
  }

  private mutating func digits() -> Bool {
    let count = rest.prefix { "0123456789".utf8.contains($0) }.count
    rest = rest.dropFirst(count)
    return count > 0
  }
}
