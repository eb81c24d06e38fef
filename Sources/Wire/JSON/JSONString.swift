/// The contents of JSON strings: from escaped bytes to text.
package enum JSONString {
  /// The text of the raw string contents at `raw` (between the quotes).
  ///
  /// Lone surrogate escapes and invalid UTF-8 become U+FFFD, an unknown escape stands for its own character.
  package static func decode(_ raw: Range<Int>, in bytes: Span<UInt8>) -> String {
    let raw = raw.clamped(to: 0..<bytes.count)
    if bytes.firstIndex(of: JSONBytes.backslash, in: raw) == nil {
      return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0[raw], as: UTF8.self) }
    }
    var decoded: [UInt8] = []
    append(raw, in: bytes, to: &decoded)
    return String(decoding: decoded, as: UTF8.self)
  }

  /// Appends the unescaped bytes of the raw string contents at `raw` to `output`.
  package static func append(_ raw: Range<Int>, in bytes: Span<UInt8>, to output: inout [UInt8]) {
    let end = min(raw.upperBound, bytes.count)
    var index = max(0, raw.lowerBound)
    guard index < end else { return }
    output.reserveCapacity(output.count + end - index)
    while index < end {
      let stop = bytes.firstIndex(of: JSONBytes.backslash, in: index..<end) ?? end
      output.append(copying: index..<stop, of: bytes)
      guard stop < end else { return }
      index = appendEscape(bytes, at: stop, end: end, to: &output)
    }
  }

  /// Whether the raw key at `key` means `name`; escapes are undone only where there are any.
  package static func key(_ key: Range<Int>, in bytes: Span<UInt8>, means name: StaticString) -> Bool {
    let length = name.utf8CodeUnitCount
    guard key.count >= length, key.lowerBound >= 0, key.upperBound <= bytes.count else { return false }
    guard length > 0 else { return key.isEmpty }
    // Undoing an escape always shortens; and where none comes first, the first bytes are the same.
    let first = bytes[key.lowerBound]
    guard unsafe first == name.utf8Start[0] || first == JSONBytes.backslash else { return false }
    if key.count == length { return bytes.equals(name, in: key) }
    guard bytes.firstIndex(of: JSONBytes.backslash, in: key) != nil else { return false }
    var decoded: [UInt8] = []
    append(key, in: bytes, to: &decoded)
    return decoded.span.equals(name, in: 0..<decoded.count)
  }

  /// The four hexadecimal digits at `index` as a UTF-16 code unit, or nil.
  static func codeUnit(_ bytes: Span<UInt8>, at index: Int) -> UInt16? {
    guard index + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for offset in 0..<4 {
      let digit: UInt8
      switch bytes[index + offset] {
      case let byte where byte &- UInt8(ascii: "0") < 10: digit = byte - UInt8(ascii: "0")
      case let byte where (byte | 0x20) &- UInt8(ascii: "a") < 6: digit = (byte | 0x20) - UInt8(ascii: "a") + 10
      default: return nil
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  /// Appends what the escape at `index` stands for; the index behind it.
  private static func appendEscape(
    _ bytes: Span<UInt8>, at index: Int, end: Int, to output: inout [UInt8]
  ) -> Int {
    guard index + 1 < end else { return end }
    switch bytes[index + 1] {
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "u"): return appendUnicodeEscape(bytes, at: index, end: end, to: &output)
    default: output.append(bytes[index + 1])
    }
    return index + 2
  }

  private static func appendUnicodeEscape(
    _ bytes: Span<UInt8>, at index: Int, end: Int, to output: inout [UInt8]
  ) -> Int {
    guard index + 6 <= end, let unit = codeUnit(bytes, at: index + 2) else {
      append("\u{FFFD}", to: &output)
      return index + 2
    }
    if let scalar = Unicode.Scalar(unit) {
      append(scalar, to: &output)
      return index + 6
    }
    // A leading surrogate makes a character only together with a trailing one right behind it.
    if UTF16.isLeadSurrogate(unit), index + 12 <= end, bytes[index + 6] == JSONBytes.backslash,
      bytes[index + 7] == UInt8(ascii: "u"), let trail = codeUnit(bytes, at: index + 8), UTF16.isTrailSurrogate(trail),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(trail) - 0xDC00)
    {
      append(scalar, to: &output)
      return index + 12
    }
    append("\u{FFFD}", to: &output)
    return index + 6
  }

  private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
    output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
