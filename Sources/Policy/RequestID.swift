/// The name of one request: the client's own `X-Request-Id`, or one the gateway makes.
///
/// Made ids are `req_` and 26 characters of Crockford base32: 48 bits of Unix milliseconds, then 80 random bits (the
/// ULID layout in lower case), so that ids sort by the time they were made. All ids are plain ASCII that needs no
/// escaping in a header, a URL path segment or JSON.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
  /// Longest id accepted from a client, in bytes.
  package static let lengthMax = 128

  /// The id as ASCII.
  package let bytes: [UInt8]

  /// Accepts a client's id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`; nil for anything else.
  package init?(accepting candidate: Span<UInt8>) {
    guard (1...Self.lengthMax).contains(candidate.count) else { return nil }
    for index in candidate.indices where !Self.isAllowed(candidate[index]) { return nil }
    bytes = unsafe candidate.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Accepts a client's id given as text, by the same rule.
  package init?(accepting candidate: String) {
    self.init(accepting: Array(candidate.utf8).span)
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Makes a new id.
  /// - Parameter unixMilliseconds: wall clock; only the lower 48 bits are used (enough until the year 10889).
  package static func generate(
    unixMilliseconds: UInt64, using generator: inout some RandomNumberGenerator
  ) -> RequestID {
    let high = generator.next() & 0xFFFF
    let low = generator.next()
    // 128 bits in two words; 26 digits of five bits are 130, so the first digit has two bits less.
    let top = (unixMilliseconds & 0xFFFF_FFFF_FFFF) << 16 | high
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 30) { text, count in
      unsafe (text[0], text[1], text[2], text[3]) = (0x72, 0x65, 0x71, 0x5f)  // req_
      for digit in 0..<13 { unsafe text[4 + digit] = self.digit(top >> UInt64(61 - 5 * digit)) }
      // One bit of the upper word and four of the lower one.
      unsafe text[17] = digit(top << 4 | low >> 60)
      for digit in 0..<12 { unsafe text[18 + digit] = self.digit(low >> UInt64(55 - 5 * digit)) }
      count = 30
    }
    return RequestID(bytes: bytes)
  }

  package var description: String { String(decoding: bytes, as: UTF8.self) }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Crockford's digits: no i, l, o or u, which are easily misread.
  private static let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

  private static func digit(_ bits: UInt64) -> UInt8 { unsafe digits.utf8Start[Int(bits & 31)] }
}
