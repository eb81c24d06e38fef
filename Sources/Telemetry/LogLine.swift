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
/// `begin`, then fields, then `end`; the buffer keeps its memory for the next line. Text may hold any bytes: quotes
/// and control characters are escaped, invalid UTF-8 becomes U+FFFD, and a value longer than `valueBytesMax` is cut, so
/// that nobody outside can forge, break or bloat a line. Keys, bodies and prompts do not belong in a log.
///
/// A line is some twenty small pieces, so they are written through a pointer and not appended to an array.
package final class LogLine {
  /// Bytes of one text value before escaping; longer ones are cut at a character and end in `…`.
  package static let valueBytesMax = 1024
  private var memory: UnsafeMutableBufferPointer<UInt8>
  /// Bytes of the line so far.
  package private(set) var count = 0
  private var stamp: [UInt8] = []
  /// The second that `stamp` is of.
  private var stampSecond: Int64?

  /// An empty buffer; a line starts with `begin`.
  package init() { memory = .allocate(capacity: 1024) }

  deinit { memory.deallocate() }

  /// The line, copied; complete after `end`.
  package var bytes: [UInt8] { withBytes { Array($0) } }

  /// The line; complete after `end`.
  package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    body(UnsafeBufferPointer(rebasing: memory[..<count]))
  }

  /// Starts a line anew.
  /// - Parameter unixMilliseconds: wall clock.
  package func begin(_ level: LogLevel, _ message: StaticString, unixMilliseconds: Int64) {
    count = 0
    put("{\"time\":\"")
    updateStamp(unixMilliseconds)
    reserve(stamp.count)
    stamp.withUnsafeBufferPointer { copy($0) }
    put("\",\"level\":\"")
    append(level.label)
    put("\",\"message\":\"")
    put(message)
    put("\"")
  }

  /// Adds a text; nil adds nothing.
  package func field(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    appendName(name)
    appendText(value)
  }

  /// Adds a text given as bytes, which need not be UTF-8.
  package func field(_ name: StaticString, bytes value: Span<UInt8>) {
    appendName(name)
    value.withUnsafeBufferPointer { text in
      if appendPlain(text) { return }
      appendText(String(decoding: text.prefix(Self.valueBytesMax + 4), as: UTF8.self))
    }
  }

  /// Adds an integer; nil adds nothing.
  package func field(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    appendName(name)
    if value < 0 { put("-") }
    appendDecimal(UInt64(value.magnitude))
  }

  /// Adds a truth value.
  package func field(_ name: StaticString, _ value: Bool) {
    appendName(name)
    if value { put("true") } else { put("false") }
  }

  /// Adds a duration as milliseconds with three decimals; nil adds nothing. The name should end in `_ms`.
  package func field(_ name: StaticString, _ value: Duration?) {
    guard let value else { return }
    appendName(name)
    let microseconds = value.wholeMicroseconds
    guard microseconds.magnitude < Int.max else { return append("\(Int128(value.components.seconds) * 1000).000") }
    if microseconds < 0 { put("-") }
    let (whole, part) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    appendDecimal(UInt64(whole))
    reserve(4)
    put(UInt8(ascii: "."))
    put(0x30 + UInt8(part / 100))
    put(0x30 + UInt8(part / 10 % 10))
    put(0x30 + UInt8(part % 10))
  }

  /// Ends the line.
  package func end() { put("}\n") }

  // MARK: - Pieces

  /// Most lines come in the same second as the one before: only the milliseconds are new then.
  private func updateStamp(_ unixMilliseconds: Int64) {
    let (second, part) = unixMilliseconds.quotientAndRemainder(dividingBy: 1000)
    if second != stampSecond || part < 0 {
      stamp.removeAll(keepingCapacity: true)
      Timestamp.append(unixMilliseconds: unixMilliseconds, to: &stamp)
      stampSecond = part < 0 ? nil : second
    } else {
      // `…:07.065Z`
      let end = stamp.count
      stamp[end - 4] = 0x30 + UInt8(part / 100)
      stamp[end - 3] = 0x30 + UInt8(part / 10 % 10)
      stamp[end - 2] = 0x30 + UInt8(part % 10)
    }
  }

  private func appendName(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    reserve(length + 4)
    // Unchecked, because there is room: this is done for each of some twenty fields.
    guard let line = memory.baseAddress else { return }
    let start = line + count
    start[0] = UInt8(ascii: ",")
    start[1] = UInt8(ascii: "\"")
    (start + 2).update(from: name.utf8Start, count: length)
    start[length + 2] = UInt8(ascii: "\"")
    start[length + 3] = UInt8(ascii: ":")
    count += length + 4
  }

  private func appendDecimal(_ number: UInt64) {
    var digits = 1
    var rest = number / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    reserve(digits)
    rest = number
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      memory[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  private func appendText(_ text: String) {
    // Nearly every value is short and plain.
    if text.utf8.withContiguousStorageIfAvailable({ appendPlain($0) }) ?? false { return }
    reserve(1)
    put(UInt8(ascii: "\""))
    var room = Self.valueBytesMax
    for scalar in text.unicodeScalars {
      let width = UTF8.width(scalar)
      guard width <= room else {
        put("…")
        break
      }
      room -= width
      appendEscaped(scalar)
    }
    put("\"")
  }

  /// Appends text in quotes if it is short and needs no escape; false leaves the line as it was.
  private func appendPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= Self.valueBytesMax, LogLine.isPlain(text) else { return false }
    reserve(text.count + 2)
    guard let line = memory.baseAddress else { return false }
    let start = line + count
    start[0] = UInt8(ascii: "\"")
    if let source = text.baseAddress { (start + 1).update(from: source, count: text.count) }
    start[text.count + 1] = UInt8(ascii: "\"")
    count += text.count + 2
    return true
  }

  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var special: UInt8 = 0
    // Without a branch, so that the compiler looks at many bytes at once.
    for byte in text {
      special |= (byte &- 0x20 > 0x5E ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
    }
    return special == 0
  }

  private func appendEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": put("\\\"")
    case "\\": put("\\\\")
    case "\n": put("\\n")
    case "\r": put("\\r")
    case "\t": put("\\t")
    // JSON asks only for those below U+0020; DEL and the C1 controls could still drive the terminal of a reader.
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
      let hex = String(scalar.value, radix: 16)
      append("\\u\(String(repeating: "0", count: 4 - hex.utf8.count))\(hex)")
    default: append(String(scalar))
    }
  }

  private func put(_ text: StaticString) {
    reserve(text.utf8CodeUnitCount)
    copy(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private func append(_ text: String) {
    for byte in text.utf8 {
      reserve(1)
      put(byte)
    }
  }

  /// Room for so many more bytes.
  @inline(__always) private func reserve(_ more: Int) {
    if count &+ more <= memory.count { return }
    grow(more)
  }

  private func grow(_ more: Int) {
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(2 * memory.count, count + more))
    _ = larger.initialize(fromContentsOf: memory[..<count])
    memory.deallocate()
    memory = larger
  }

  /// Both rely on `reserve`.
  private func put(_ byte: UInt8) {
    memory[count] = byte
    count += 1
  }

  private func copy(_ text: UnsafeBufferPointer<UInt8>) {
    guard let source = text.baseAddress, let target = memory.baseAddress else { return }
    (target + count).update(from: source, count: text.count)
    count += text.count
  }
}
