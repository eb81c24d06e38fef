import Policy

/// What a value means where an option wants one of a certain type; nil where it cannot mean that.
///
/// Numbers and truth values may also be written as text, because only text can be interpolated
/// (`port: "${PORT:-8080}"`).
extension ConfigNode {
  /// The text of a string.
  var text: String? {
    if case .string(let text) = value { text } else { nil }
  }

  /// `true` or `false`.
  var bool: Bool? {
    switch value {
    case .bool(let bool): bool
    case .string("true"): true
    case .string("false"): false
    case .string, .number, .null, .array, .object, .unknown: nil
    }
  }

  /// A finite number.
  var number: Double? {
    switch value {
    case .number(let number): return number
    case .string(let text):
      // `Double` alone would also read `inf`, `nan` and hexadecimal fractions.
      guard !text.isEmpty, text.utf8.allSatisfy(Self.isDecimalByte), let number = Double(text), number.isFinite
      else { return nil }
      return number
    case .bool, .null, .array, .object, .unknown: return nil
    }
  }

  /// A whole number.
  var integer: Int? {
    number.flatMap { Int(exactly: $0) }
  }

  /// A duration: text with a unit, or a number of seconds.
  var duration: Duration? {
    if let text, let duration = DurationText.parse(text) { return duration }
    guard let number, number >= 0, number <= Self.secondsMax else { return nil }
    return .nanoseconds(Int64((number * 1e9).rounded()))
  }

  /// A size: text with a unit, or a number of bytes.
  var size: Int? {
    if let text, let size = SizeText.parse(text) { return size }
    return integer
  }

  /// Longest duration a number can give: about 30 years, far inside what 64 bits of nanoseconds hold.
  private static let secondsMax = 1e9

  private static func isDecimalByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}
