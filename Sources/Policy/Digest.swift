import CCrypto

/// A SHA-256 digest. Client keys are kept and compared as digests only.
package struct Digest: Hashable, Sendable {
  /// Bytes of a SHA-256 digest.
  package static let length = 32

  /// Always `length` bytes.
  package let bytes: [UInt8]

  /// The digest of `data`.
  package init(sha256 data: Span<UInt8>) {
    var digest = [UInt8](repeating: 0, count: Self.length)
    unsafe data.withUnsafeBufferPointer { unsafe sluice_sha256($0.baseAddress, $0.count, &digest) }
    bytes = digest
  }

  /// The digest of a text's UTF-8.
  package init(sha256 text: String) {
    self.init(sha256: Array(text.utf8).span)
  }

  /// Reads 64 hexadecimal digits, upper or lower case; nil for anything else.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 2 * Self.length else { return nil }
    var bytes = [UInt8]()
    bytes.reserveCapacity(Self.length)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.value(ofHex: digits[index]), let low = Self.value(ofHex: digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Compares in a time that does not depend on where the digests differ.
  package static func == (left: Digest, right: Digest) -> Bool {
    unsafe sluice_equal_constant_time(left.bytes, right.bytes, length) == 1
  }

  package func hash(into hasher: inout Hasher) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  private static func value(ofHex digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
