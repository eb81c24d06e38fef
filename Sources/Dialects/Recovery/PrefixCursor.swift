import Wire

/// Walks along a text that the client has already, while the same text comes once more.
///
/// Texts are compared as what they read as: two servers may escape the same character differently. Either text may
/// stop in the middle of a character that is escaped as two surrogates.
struct PrefixCursor: Sendable {
  /// What a piece of the new text turned out to be.
  enum Step: Equatable {
    /// The client has it all.
    case known
    /// The client has not got this, the escaped contents of a string.
    case new([UInt8])
    /// It is another text.
    case differs
  }

  /// What the client has, unescaped, in whole characters.
  private let text: [UInt8]
  private var position = 0
  /// The leading surrogate that the client has behind that.
  private var sentLead: UInt16?
  /// The leading surrogate at the end of the new text, escaped, whose other half has not come.
  private var half: [UInt8] = []

  /// - Parameter escaped: what the client has, as the escaped contents of a string.
  init(_ escaped: [UInt8]) {
    var whole = escaped
    sentLead = Self.takeLead(&whole).flatMap(Self.unit)
    var text: [UInt8] = []
    JSONString.append(0..<whole.count, in: whole.span, to: &text)
    self.text = text
  }

  /// Whether the whole of the known text has come again.
  var isExhausted: Bool { position == text.count && half.isEmpty && sentLead == nil }

  /// Takes the next piece of the new text: the escaped contents of a string.
  mutating func advance(_ piece: [UInt8]) -> Step {
    if isExhausted { return piece.isEmpty ? .known : .new(piece) }
    var escaped = half + piece
    half = Self.takeLead(&escaped) ?? []
    var decoded: [UInt8] = []
    JSONString.append(0..<escaped.count, in: escaped.span, to: &decoded)
    let count = min(decoded.count, text.count - position)
    guard decoded[..<count].elementsEqual(text[position..<position + count]) else { return .differs }
    position += count
    return position == text.count ? behind(decoded[count...]) : .known
  }

  /// What follows the known text: the rest of a character that the client has half of, and what is new.
  private mutating func behind(_ rest: ArraySlice<UInt8>) -> Step {
    var rest = String(decoding: rest, as: UTF8.self).unicodeScalars[...]
    var new: [UInt8] = []
    if let lead = sentLead {
      guard let first = rest.popFirst() else {
        guard !half.isEmpty else { return .known }
        let isSame = Self.unit(half) == lead
        (sentLead, half) = (nil, [])
        return isSame ? .known : .differs
      }
      let units = Array(String(first).utf16)
      guard units.count == 2, units[0] == lead else { return .differs }
      sentLead = nil
      new += Array("\\u".utf8) + Array(String(units[1], radix: 16).utf8)
    }
    JSONEscape.append(String(rest), to: &new)
    new += half
    half = []
    return new.isEmpty ? .known : .new(new)
  }

  /// Cuts off an escaped leading surrogate at the end, which is half of a character.
  static func takeLead(_ escaped: inout [UInt8]) -> [UInt8]? {
    guard EscapedText.endsInHalf(escaped) else { return nil }
    let last = Array(escaped.suffix(EscapedText.halfBytes))
    escaped.removeLast(EscapedText.halfBytes)
    return last
  }

  /// The code unit of `\uXXXX`.
  private static func unit(_ escape: [UInt8]) -> UInt16? {
    guard escape.count == 6, escape[0] == UInt8(ascii: "\\"), escape[1] == UInt8(ascii: "u") else { return nil }
    return UInt16(String(decoding: escape[2...], as: UTF8.self), radix: 16)
  }
}
