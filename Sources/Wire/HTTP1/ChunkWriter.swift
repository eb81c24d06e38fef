/// Writes bodies in the chunked transfer coding (RFC 9112 section 7.1), without extensions or trailers.
package enum ChunkWriter {
  /// Appends `bytes` as one chunk; nothing for no bytes, because an empty chunk would end the body.
  package static func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
    guard bytes.count > 0 else { return }
    appendPrefix(bytes.count, to: &out)
    unsafe bytes.withUnsafeBufferPointer { unsafe out.append(contentsOf: $0) }
    appendSuffix(to: &out)
  }

  /// Appends what goes before a chunk's payload, for callers that send the payload from where it is. `count` is its
  /// length and at least 1.
  package static func appendPrefix(_ count: Int, to out: inout [UInt8]) {
    precondition(count > 0, "an empty chunk ends the body")
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: framingBytesMax) { text in
      // From the last byte to the first, so that it goes out in one append.
      var start = framingBytesMax - 2
      unsafe text[start] = HTTPByte.carriageReturn
      unsafe text[start + 1] = HTTPByte.lineFeed
      var rest = count
      while rest > 0 {
        start -= 1
        let digit = UInt8(truncatingIfNeeded: rest & 0xF)
        unsafe text[start] = digit < 10 ? 0x30 + digit : 0x61 + digit - 10
        rest >>= 4
      }
      unsafe out.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
  }

  /// Appends the line end that goes behind a chunk's payload.
  package static func appendSuffix(to out: inout [UInt8]) {
    out.append(HTTPByte.carriageReturn)
    out.append(HTTPByte.lineFeed)
  }

  /// Appends the end of the body.
  package static func appendLast(to out: inout [UInt8]) {
    out.append(0x30)
    appendSuffix(to: &out)
    appendSuffix(to: &out)
  }

  /// 16 digits and two line ends: the most that ``append(_:to:)`` adds to its payload.
  package static let framingBytesMax = 20
}
