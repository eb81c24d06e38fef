import Wire

/// Small questions about JSON bytes that several taps ask.
extension JSONScan {
  /// Whether an object or array has at least one entry.
  static func hasEntries(_ value: JSONValue, in bytes: Span<UInt8>) -> Bool {
    !trimmed(value.contents, in: bytes).isEmpty
  }

  /// Whether `bytes` are one valid JSON text.
  static func isSound(_ bytes: Span<UInt8>) -> Bool {
    (try? document(bytes)) != nil
  }

  /// JSON may be broken into lines anywhere outside of strings; in an event stream those would be lines of the stream.
  static func onOneLine(_ json: [UInt8]) -> [UInt8] {
    json.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
  }

  /// `range` without white space at either end.
  static func trimmed(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, isBlank(bytes[lower]) { lower += 1 }
    while lower < upper, isBlank(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  /// Whether `range` begins and ends as an object does: all that the relay checks of a document in passing.
  static func looksLikeObject(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    range.count >= 2 && bytes[range.lowerBound] == UInt8(ascii: "{")
      && bytes[range.upperBound - 1] == UInt8(ascii: "}")
  }

  /// Where the value begins when the member `name` begins with the quote at `quote`; nil when it does not.
  static func valueStart(ofMember name: StaticString, at quote: Int, to end: Int, in bytes: Span<UInt8>) -> Int? {
    let close = quote + 1 + name.utf8CodeUnitCount
    guard close < end, bytes[close] == UInt8(ascii: "\""),
      JSONString.key(quote + 1..<close, in: bytes, means: name)
    else { return nil }
    var index = close + 1
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard index < end, bytes[index] == UInt8(ascii: ":") else { return nil }
    index += 1
    while index < end, isBlank(bytes[index]) { index += 1 }
    return index < end ? index : nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

extension [UInt8] {
  /// The bytes of `range`, or nil when they are more than `max`.
  init?(copying range: Range<Int>, of source: Span<UInt8>, max: Int) {
    guard range.count <= max else { return nil }
    self.init(copying: range, of: source)
  }
}
