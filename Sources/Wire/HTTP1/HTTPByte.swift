/// The byte classes of RFC 9110 and RFC 3986 and the comparisons that HTTP/1.1 needs.
public enum HTTPByte {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let comma: UInt8 = 0x2C
  static let slash: UInt8 = 0x2F
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let questionMark: UInt8 = 0x3F

  /// `tchar`, RFC 9110 section 5.6.2: what names and methods are made of.
  @inlinable
  public static func isToken(_ byte: UInt8) -> Bool {
    contains(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
  }

  /// `unreserved / sub-delims`, RFC 3986 section 2: what a host name is made of, next to percent-encoded bytes.
  @inline(__always)
  static func isHostName(_ byte: UInt8) -> Bool {
    contains(byte, low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// Visible ASCII without `#`: wider than RFC 3986, since clients do send `|` or `{` in queries, yet nothing in it can
  /// end the target or the line.
  @inline(__always)
  static func isTarget(_ byte: UInt8) -> Bool {
    contains(byte, low: 0xffff_fff6_0000_0000, high: 0x7fff_ffff_ffff_ffff)
  }

  /// Whether a field value may contain `byte` (RFC 9110 section 5.5): HTAB, space, visible ASCII, 0x80 and above.
  @inlinable
  public static func isFieldValue(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte != 0x7F) || byte == 0x09
  }

  /// Index of the first byte at or after `start` that no field value may contain; `bytes.count` when there is none.
  package static func fieldValueEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
    let raw = unsafe bytes.bytes
    var index = start
    while index &+ ByteBlock.width <= bytes.count {
      if let lane = ByteBlock.first(of: ByteBlock(raw, at: index).isNoFieldValue) { return index &+ lane }
      index &+= ByteBlock.width
    }
    while index < bytes.count, isFieldValue(bytes[index]) { index &+= 1 }
    return index
  }

  /// Optional white space, RFC 9110 section 5.6.3.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == space || byte == tab
  }

  /// The value of a decimal digit.
  @inline(__always)
  static func digit(_ byte: UInt8) -> Int? {
    let value = byte &- 0x30
    return value < 10 ? Int(value) : nil
  }

  /// The value of a hexadecimal digit of either case.
  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> Int? {
    if let value = digit(byte) { return value }
    let value = (byte | 0x20) &- 0x61
    return value < 6 ? Int(value) + 10 : nil
  }

  /// Whether `bytes` are exactly those of `text`.
  static func equal(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { expected in
      for index in expected.indices where unsafe bytes[index] != expected[index] { return false }
      return true
    }
  }

  /// Whether `bytes` are those of `text`, the case of ASCII letters aside; of what is no letter, `text` may have digits
  /// and the punctuation below `@`.
  static func equalIgnoringCase(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count == count else { return false }
    let raw = unsafe bytes.bytes
    var index = 0
    while index &+ 8 <= count {
      let found = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      let wanted = unsafe UnsafeRawPointer(text.utf8Start + index).loadUnaligned(as: UInt64.self)
      guard differInCaseOnly(found, wanted) else { return false }
      index &+= 8
    }
    while index < count {
      guard unsafe lowercase(bytes[unchecked: index]) == lowercase(text.utf8Start[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether eight bytes are those `wanted` but for the case of letters. Of the bytes wanted, only letters may have bit
  /// 6 set: its place tells where bit 5, the case, does not matter.
  @inline(__always)
  private static func differInCaseOnly(_ found: UInt64, _ wanted: UInt64) -> Bool {
    let letters = wanted >> 1 & 0x2020_2020_2020_2020
    return (found ^ wanted) & ~letters == 0
  }

  /// `range` without the white space at its ends.
  static func trim(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  /// The elements of a comma-separated list (RFC 9110 section 5.6.1), trimmed, empty ones included; stops when `each`
  /// returns false. Quoted strings are not looked into: no list read with this has any.
  static func elements(of list: Range<Int>, in bytes: Span<UInt8>, _ each: (Range<Int>) -> Bool) {
    var start = list.lowerBound
    for index in list where bytes[index] == comma {
      guard each(trim(start..<index, in: bytes)) else { return }
      start = index + 1
    }
    _ = each(trim(start..<list.upperBound, in: bytes))
  }

  /// An ASCII letter in lower case; any other byte as it is.
  @inlinable
  public static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  /// Membership in a set of ASCII bytes: `low` has a bit for each of 0...63, `high` for 64...127.
  @inlinable
  static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
    let word = byte < 64 ? low : high
    return byte < 128 && (word &>> UInt64(byte)) & 1 == 1
  }
}
