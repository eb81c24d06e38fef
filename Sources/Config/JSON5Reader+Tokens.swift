/// The tokens of JSON5 that have an inner structure: strings, identifiers and numbers.
extension JSON5Reader {
  // MARK: - Strings

  /// A string in either kind of quotes; the cursor stands on the opening one.
  mutating func string() throws(JSON5Failure) -> String {
    let opening = failure("this string is never closed")
    let quote = current
    advance()
    var text = String.UnicodeScalarView()
    while let scalar = current {
      if scalar == quote {
        advance()
        return String(text)
      }
      // An unclosed quote would otherwise swallow the rest of the file and blame its last line.
      if scalar == "\n" || scalar == "\r" { throw opening }
      if scalar == "\\" {
        if let escaped = try escape() { text.append(escaped) }
      } else {
        text.append(scalar)
        advance()
      }
    }
    throw opening
  }

  /// What a backslash and its sequel stand for; nil for a line continuation.
  private mutating func escape() throws(JSON5Failure) -> Unicode.Scalar? {
    let start = failure("expected an escape such as `\\n` or `\\u0041` after the backslash")
    advance()
    guard let scalar = current else { throw start }
    switch scalar {
    case "u": return try unicodeEscape()
    case "x":
      advance()
      guard let code = hexDigits(2), let scalar = Unicode.Scalar(code) else {
        throw start.saying("`\\x` needs two hexadecimal digits")
      }
      return scalar
    case "0"..."9":
      // `\0` is NUL, unless a digit follows: octal escapes are not JSON5.
      guard scalar == "0", !Self.isDigit(peek(1)) else { throw start.saying("octal escapes are not accepted") }
      advance()
      return "\0"
    default:
      if scalar == "\r" && peek(1) == "\n" { advance() }
      advance()
      return Self.meaning(ofEscaped: scalar)
    }
  }

  private static func meaning(ofEscaped scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "b": "\u{8}"
    case "f": "\u{C}"
    case "n": "\n"
    case "r": "\r"
    case "t": "\t"
    case "v": "\u{B}"
    case "\n", "\r", "\u{2028}", "\u{2029}": nil
    default: scalar
    }
  }

  /// `XXXX`, or a surrogate pair of two escapes; the cursor stands on the `u`.
  private mutating func unicodeEscape() throws(JSON5Failure) -> Unicode.Scalar {
    let start = failure("`\\u` needs four hexadecimal digits")
    advance()
    guard let high = hexDigits(4) else { throw start }
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, current == "\\", peek(1) == "u" else {
      throw start.saying("half of a surrogate pair stands alone")
    }
    advance()
    advance()
    guard let low = hexDigits(4) else { throw start }
    guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + low - 0xDC00)
    else { throw start.saying("half of a surrogate pair stands alone") }
    return scalar
  }

  private mutating func hexDigits(_ count: Int) -> UInt32? {
    var code: UInt32 = 0
    for _ in 0..<count {
      guard let digit = Self.hexValue(current) else { return nil }
      code = code << 4 | digit
      advance()
    }
    return code
  }

  // MARK: - Identifiers

  static func startsIdentifier(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "_", "$", "\\": true
    default: scalar.value > 0x7F && scalar.properties.isIDStart
    }
  }

  /// An unquoted key or word (ECMAScript 5.1 section 7.6); the cursor stands on its first scalar.
  mutating func identifier() throws(JSON5Failure) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = current {
      if scalar == "\\" {
        let start = failure("expected `\\u` and four hexadecimal digits")
        advance()
        guard current == "u" else { throw start }
        text.append(try unicodeEscape())
      } else if Self.startsIdentifier(scalar) || Self.isDigit(scalar)
        || (scalar.value > 0x7F && scalar.properties.isIDContinue)
      {
        text.append(scalar)
        advance()
      } else {
        break
      }
    }
    return String(text)
  }

  // MARK: - Numbers

  /// A finite number; the cursor stands on its sign, point or first digit.
  mutating func number() throws(JSON5Failure) -> Double {
    let start = failure("this is no number")
    var sign = 1.0
    if current == "+" || current == "-" {
      sign = current == "-" ? -1 : 1
      advance()
    }
    if current == "I" || current == "N" {
      throw start.saying("`\(try identifier())` is not accepted: every number must be finite")
    }
    let isHex = current == "0" && (peek(1) == "x" || peek(1) == "X")
    let magnitude = isHex ? try hexNumber(start) : try decimalNumber(start)
    guard magnitude.isFinite else { throw start.saying("this number is too large") }
    if let next = current, Self.startsIdentifier(next) || Self.isDigit(next) {
      throw start.saying("this is no number; text, also a duration or size with its unit, needs quotes")
    }
    return sign * magnitude
  }

  private mutating func hexNumber(_ start: JSON5Failure) throws(JSON5Failure) -> Double {
    advance()
    advance()
    guard Self.hexValue(current) != nil else { throw start.saying("`0x` needs hexadecimal digits") }
    var magnitude = 0.0
    while let digit = Self.hexValue(current) {
      magnitude = magnitude * 16 + Double(digit)
      advance()
    }
    return magnitude
  }

  private mutating func decimalNumber(_ start: JSON5Failure) throws(JSON5Failure) -> Double {
    var text = ""
    if current == "0" && Self.isDigit(peek(1)) {
      throw start.saying("a number must not start with more zeros than one")
    }
    let whole = digits()
    text += whole.isEmpty ? "0" : whole
    if current == "." {
      advance()
      let fraction = digits()
      guard !whole.isEmpty || !fraction.isEmpty else { throw start }
      text += "." + (fraction.isEmpty ? "0" : fraction)
    } else if whole.isEmpty {
      throw start
    }
    if current == "e" || current == "E" {
      advance()
      text += "e"
      if let sign = current, sign == "+" || sign == "-" {
        text.unicodeScalars.append(sign)
        advance()
      }
      let exponent = digits()
      guard !exponent.isEmpty else { throw start.saying("an exponent needs digits") }
      text += exponent
    }
    return Double(text) ?? .infinity
  }

  private mutating func digits() -> String {
    var text = ""
    while let scalar = current, Self.isDigit(scalar) {
      text.unicodeScalars.append(scalar)
      advance()
    }
    return text
  }

  private static func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    return scalar >= "0" && scalar <= "9"
  }

  private static func hexValue(_ scalar: Unicode.Scalar?) -> UInt32? {
    guard let scalar else { return nil }
    switch scalar {
    case "0"..."9": return scalar.value - 0x30
    case "a"..."f": return scalar.value - 0x61 + 10
    case "A"..."F": return scalar.value - 0x41 + 10
    default: return nil
    }
  }
}

extension JSON5Failure {
  /// The same place with another message.
  func saying(_ message: String) -> JSON5Failure {
    JSON5Failure(line: line, column: column, message: message)
  }
}
