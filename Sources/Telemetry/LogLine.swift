/// How much a log line matters.
package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
  case debug
  case info
  case warning
  case error

  /// The spelling in the log and in the configuration.
  package var label: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Builds one log line, a JSON object and a line feed: a static message, then typed fields in the order they are added.
///
/// `begin`, then fields, then `end`; the buffer keeps its capacity for the next line. Text may hold any bytes: quotes
/// and control characters are escaped, invalid UTF-8 becomes U+FFFD, and a value longer than `valueBytesMax` is cut, so
/// that nobody outside can forge, break or bloat a line. Keys, bodies and prompts do not belong in a log.
package struct LogLine: Sendable {
  /// Bytes of one text value before escaping; longer ones are cut at a character and end in `…`.
  package static let valueBytesMax = 1024

  /// The line; complete after `end`.
  package private(set) var bytes: [UInt8] = []

  /// An empty buffer; a line starts with `begin`.
  package init() {}

  /// Starts a line anew.
  /// - Parameter unixMilliseconds: wall clock.
  package mutating func begin(_ level: LogLevel, _ message: StaticString, unixMilliseconds: Int64) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: "{\"time\":\"".utf8)
    Timestamp.append(unixMilliseconds: unixMilliseconds, to: &bytes)
    bytes.append(contentsOf: "\",\"level\":\"\(level.label)\",\"message\":".utf8)
    appendText(message.description)
  }

  /// Adds a text; nil adds nothing.
  package mutating func field(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    appendName(name)
    appendText(value)
  }

  /// Adds a text given as bytes, which need not be UTF-8.
  package mutating func field(_ name: StaticString, bytes value: Span<UInt8>) {
    appendName(name)
    appendText(value.withUnsafeBufferPointer { String(decoding: $0.prefix(Self.valueBytesMax + 4), as: UTF8.self) })
  }

  /// Adds an integer; nil adds nothing.
  package mutating func field(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    appendName(name)
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    appendDecimal(UInt64(value.magnitude))
  }

  /// Adds a truth value.
  package mutating func field(_ name: StaticString, _ value: Bool) {
    appendName(name)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Adds a duration as milliseconds with three decimals; nil adds nothing. The name should end in `_ms`.
  package mutating func field(_ name: StaticString, _ value: Duration?) {
    guard let value else { return }
    appendName(name)
    let (seconds, attoseconds) = value.components
    let microseconds = Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000)
    if microseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    let (whole, part) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    if let short = UInt64(exactly: whole) { appendDecimal(short) } else { bytes.append(contentsOf: "\(whole)".utf8) }
    bytes.append(UInt8(ascii: "."))
    bytes.append(0x30 + UInt8(part / 100))
    bytes.append(0x30 + UInt8(part / 10 % 10))
    bytes.append(0x30 + UInt8(part % 10))
  }

  private mutating func appendDecimal(_ number: UInt64) {
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  /// Ends the line.
  package mutating func end() {
    bytes.append(contentsOf: "}\n".utf8)
  }

  private mutating func appendName(_ name: StaticString) {
    bytes.append(UInt8(ascii: ","))
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func appendText(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    // Nearly every value is short and plain.
    let utf8 = text.utf8
    if utf8.count <= Self.valueBytesMax, utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
      return bytes.append(contentsOf: utf8)
    }
    var room = Self.valueBytesMax
    for scalar in text.unicodeScalars {
      let width = UTF8.width(scalar)
      guard width <= room else {
        bytes.append(contentsOf: "…".utf8)
        break
      }
      room -= width
      appendEscaped(scalar)
    }
  }

  private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": bytes.append(contentsOf: "\\\"".utf8)
    case "\\": bytes.append(contentsOf: "\\\\".utf8)
    case "\n": bytes.append(contentsOf: "\\n".utf8)
    case "\r": bytes.append(contentsOf: "\\r".utf8)
    case "\t": bytes.append(contentsOf: "\\t".utf8)
    // JSON asks only for those below U+0020; DEL and the C1 controls could still drive the terminal of a reader.
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
      let hex = String(scalar.value, radix: 16)
      bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - hex.utf8.count))\(hex)".utf8)
    default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }
}
