import Glibc

/// Searches and comparisons in bytes; ranges outside of the span find nothing.
extension Span<UInt8> {
  /// Index of the first `byte` in `range`, or nil.
  package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress,
        let hit = unsafe memchr(base + range.lowerBound, Int32(byte), range.count)
      else { return nil }
      return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }
  }

  /// Index of the first occurrence of `needle`, which must not be empty, that lies wholly within `range`.
  ///
  /// For needles whose first byte is rare: each occurrence of it costs a comparison.
  package func firstIndex(of needle: [UInt8], in range: Range<Int>) -> Int? {
    guard let first = needle.first else { return nil }
    var start = range.lowerBound
    while let hit = firstIndex(of: first, in: start..<Swift.max(start, range.upperBound)) {
      guard hit + needle.count <= range.upperBound else { return nil }
      if starts(with: needle, at: hit) { return hit }
      start = hit + 1
    }
    return nil
  }

  /// Whether `prefix` stands at `index`.
  package func starts(with prefix: [UInt8], at index: Int) -> Bool {
    guard index >= 0, index + prefix.count <= count else { return false }
    return unsafe withUnsafeBufferPointer { buffer in
      unsafe prefix.withUnsafeBufferPointer { expected in
        guard let base = buffer.baseAddress, let other = expected.baseAddress else { return prefix.isEmpty }
        return unsafe memcmp(base + index, other, prefix.count) == 0
      }
    }
  }

  /// Whether the bytes of `range` are exactly `text`.
  package func equals(_ text: StaticString, in range: Range<Int>) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= count, range.count == text.utf8CodeUnitCount else { return false }
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      return unsafe memcmp(base + range.lowerBound, text.utf8Start, range.count) == 0
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of `range` of `source` in one copy; bounds outside of `source` are cut off.
  package mutating func append(copying range: Range<Int>, of source: Span<UInt8>) {
    let clamped = range.clamped(to: 0..<source.count)
    guard !clamped.isEmpty else { return }
    unsafe source.withUnsafeBufferPointer { unsafe append(contentsOf: $0[clamped]) }
  }

  /// The bytes of `range` of `source`; bounds outside of `source` are cut off.
  package init(copying range: Range<Int>, of source: Span<UInt8>) {
    self.init()
    append(copying: range, of: source)
  }
}
