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

  /// Index of the first byte at or after `start` that is not plain string content: a quote, a backslash, a control
  /// character or a byte of a multi-byte character; `bytes.count` when there is none.
  static func plainRunEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    let raw = unsafe bytes.bytes
    let count = bytes.count
    var index = start
    while index &+ ByteBlock.width <= count {
      let block = ByteBlock(raw, at: index)
      let found = block.equals(quote) .| block.equals(backslash) .| block.isControlOrHigh
      if let lane = ByteBlock.first(of: found) { return index &+ lane }
      index &+= ByteBlock.width
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
