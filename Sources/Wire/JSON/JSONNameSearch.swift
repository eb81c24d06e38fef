/// Finds places in JSON text where a name may begin: a quote followed by one of three letters.
///
/// A cheap first look at many small documents. A find need not be a name, and a name spelled with an escape for its
/// first letter is not found; but text inside of strings is never mistaken for a name that a plain quote ends, because
/// quotes within strings are escaped.
package struct JSONNameSearch: Sendable {
  private let first: UInt8
  private let second: UInt8
  private let third: UInt8

  /// A search for names that begin with any of the three.
  package init(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar) {
    self.first = UInt8(ascii: first)
    self.second = UInt8(ascii: second)
    self.third = UInt8(ascii: third)
  }

  /// Index of the first quote at or after `start`, and before `end`, that one of the letters follows.
  package func next(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
    let raw = unsafe bytes.bytes
    let limit = min(end, bytes.count)
    var index = max(0, start)
    // A block at a time, each with the one that begins a byte further on; the last pair overlaps the one before it.
    while index &+ ByteBlock.width < limit {
      if let lane = find(raw, at: index) { return index &+ lane }
      index &+= ByteBlock.width
    }
    let last = limit &- ByteBlock.width &- 1
    if last >= max(0, start) { return index &+ 1 < limit ? find(raw, at: last).map { last &+ $0 } : nil }
    while index &+ 1 < limit {
      let letter = bytes[index &+ 1]
      if bytes[index] == JSONBytes.quote, letter == first || letter == second || letter == third { return index }
      index &+= 1
    }
    return nil
  }

  @inline(__always) private func find(_ raw: RawSpan, at index: Int) -> Int? {
    let behind = ByteBlock(raw, at: index &+ 1)
    let letters = behind.equals(first) .| behind.equals(second) .| behind.equals(third)
    return ByteBlock.first(of: ByteBlock(raw, at: index).equals(JSONBytes.quote) .& letters)
  }
}
