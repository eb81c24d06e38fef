/// Finds places in JSON text where a name may begin: a quote followed by one of three letters.
///
/// A cheap first look at many small documents. A find need not be a name, and a name spelled with an escape for its
/// first letter is not found; but text inside of strings is never mistaken for a name that a plain quote ends, because
/// quotes within strings are escaped.
package struct JSONNameSearch: Sendable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  private static let quotes = ones &* UInt64(JSONBytes.quote)

  /// A search for names that begin with any of the three.
  package init(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar) {
    self.first = Self.ones &* UInt64(UInt8(ascii: first))
    self.second = Self.ones &* UInt64(UInt8(ascii: second))
    self.third = Self.ones &* UInt64(UInt8(ascii: third))
  }

  /// Index of the first quote at or after `start`, and before `end`, that one of the letters follows.
  package func next(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
    let raw = bytes.bytes
    let limit = min(end, bytes.count)
    var index = max(0, start)
    // Eight places at a time, each with the byte behind it; hence nine bytes must be there.
    while index &+ 9 <= limit {
      let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let behind = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index &+ 1, as: UInt64.self))
      let letters = Self.zeros(behind ^ first) | Self.zeros(behind ^ second) | Self.zeros(behind ^ third)
      let found = Self.zeros(word ^ Self.quotes) & letters
      if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index &+ 1 < limit {
      let letter = Self.ones &* UInt64(bytes[index &+ 1])
      if bytes[index] == JSONBytes.quote, letter == first || letter == second || letter == third { return index }
      index &+= 1
    }
    return nil
  }

  /// The high bit of exactly those bytes of `word` that are zero.
  @inline(__always) private static func zeros(_ word: UInt64) -> UInt64 {
    ~(((word & lows) &+ lows) | word | lows)
  }
}
