/// The bytes that JSON's grammar names, and the searches that its scanners share.
enum JSONBytes {
  static let quote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
  static let objectOpen = UInt8(ascii: "{")
  static let objectClose = UInt8(ascii: "}")
  static let arrayOpen = UInt8(ascii: "[")
  static let arrayClose = UInt8(ascii: "]")
  static let comma = UInt8(ascii: ",")
  static let colon = UInt8(ascii: ":")

  /// One 0x01 per byte: times a byte value it is that value in all eight places.
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Index of the first byte at or after `start` that is not plain string content: a quote, a backslash, a control
  /// character or a byte of a multi-byte character; `bytes.count` when there is none.
  ///
  /// Eight bytes at a time: each test sets the high bit of the bytes that it finds. Borrows can only spoil places
  /// above a true find, so the lowest set bit is exact.
  static func plainRunEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    let raw = bytes.bytes
    let count = bytes.count
    var index = start
    while index &+ 8 <= count {
      let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let quotes = word ^ (ones &* UInt64(quote))
      let backslashes = word ^ (ones &* UInt64(backslash))
      let found =
        (word | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
          | ((word &- ones &* 0x20) & ~word)) & highs
      if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < count {
      let byte = bytes[index]
      if byte == quote || byte == backslash || byte < 0x20 || byte >= 0x80 { return index }
      index &+= 1
    }
    return count
  }

  /// Index of the first byte at or after `start` that is not white space (RFC 8259, section 2), at most `end`.
  static func pastWhitespace(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int {
    var index = start
    while index < end {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index &+= 1
      default: return index
      }
    }
    return end
  }
}
