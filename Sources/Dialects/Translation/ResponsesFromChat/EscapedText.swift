import Wire

/// A text that comes in pieces and goes out in pieces, kept as the escaped contents of a JSON string.
///
/// Pieces are not decoded: what is sound in one document is sound in another. Only half of a character that was escaped
/// as two (`\ud83d` `\ude00`) waits for its other half, because many readers fail on it alone.
struct EscapedText: Sendable {
  /// All that came.
  private(set) var bytes: [UInt8] = []
  /// How much of it has been given out.
  private var sent = 0

  /// Whether nothing has come.
  var isEmpty: Bool { bytes.isEmpty }

  /// The range of `bytes` that has been given out.
  var given: Range<Int> { 0..<sent }

  /// What the escapes stand for.
  var decoded: [UInt8] {
    var text: [UInt8] = []
    JSONString.append(0..<bytes.count, in: bytes.span, to: &text)
    return text
  }

  /// Takes a string; damaged ones are repaired.
  ///
  /// - Returns: the range of `bytes` that can be sent on now.
  mutating func append(_ value: JSONValue, in source: Span<UInt8>) -> Range<Int> {
    guard value.kind == .string else { return sent..<sent }
    if JSONScan.isSound(source.extracting(value.range)) {
      bytes.append(copying: value.contents, of: source)
    } else {
      JSONEscape.append(JSONString.decode(value.contents, in: source), to: &bytes)
    }
    return advance(to: Self.endsInHalf(bytes) ? bytes.count - Self.halfBytes : bytes.count)
  }

  /// Takes text that is not JSON.
  mutating func append(plain text: String) -> Range<Int> {
    JSONEscape.append(text, to: &bytes)
    return advance(to: bytes.count)
  }

  /// Ends the text: a half character that still waits is replaced.
  ///
  /// - Returns: the range of `bytes` that is left to send.
  mutating func finish() -> Range<Int> {
    if sent < bytes.count { bytes.replaceSubrange(sent..., with: "\\ufffd".utf8) }
    return advance(to: bytes.count)
  }

  /// Gives up the text: a half character that still waits is left out.
  mutating func abandon() {
    bytes.removeLast(bytes.count - sent)
  }

  private mutating func advance(to end: Int) -> Range<Int> {
    defer { sent = end }
    return sent..<end
  }

  /// Bytes of an escaped half: `\ud83d`.
  static let halfBytes = 6

  /// Whether the last escape of a string's contents is the leading half of a pair (`\ud800` to `\udbff`).
  static func endsInHalf(_ bytes: [UInt8]) -> Bool {
    let start = bytes.count - halfBytes
    guard start >= 0, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u"),
      bytes[start + 2] | 0x20 == UInt8(ascii: "d")
    else { return false }
    switch bytes[start + 3] | 0x20 {
    case UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b"): break
    default: return false
    }
    // An odd number of backslashes in front would make this one plain text.
    let slashes = bytes[..<start].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
    return slashes % 2 == 0
  }
}
