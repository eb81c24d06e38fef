import Glibc

/// Removes the chunked transfer coding (RFC 9112 section 7.1) from an upstream's body, in place.
///
/// Unlike the request side's `ChunkedDecoder`, which hands out each chunk, this one leaves the payload of one read in
/// one piece, so that a read is passed on once however many chunks it held. As strict about framing, so that no two
/// readers of the same bytes could disagree; trailers are skipped unread, an upstream has no say over the answer's
/// meaning there.
package struct ResponseChunks: Sendable {
  /// How far the body has come.
  package enum Progress: Equatable, Sendable {
    /// More is to come.
    case unfinished
    /// The body has ended; so many bytes of the input belong to it.
    case ended(consumed: Int)
    /// The bytes are not chunks.
    case malformed
  }

  /// Bytes of one chunk's extensions, or of all trailers, that are skipped.
  static let skippedBytesMax = 64 << 10
  /// 15 digits spell any size that fits; more is nobody's chunk.
  private static let sizeDigitsMax = 15

  private enum State {
    case size, sizePadding, sizeExtension, sizeLineFeed, data, dataReturn, dataLineFeed
    /// At the start of a trailer line, inside one, and behind the CR of the last, empty one.
    case trailerStart, trailer, trailerReturn, lastLineFeed
  }

  private var state = State.size
  private var digits = 0
  private var rest = 0
  private var skipped = 0

  package init() {}

  /// Decodes `bytes`: their payload is moved together at `payload`.
  ///
  /// - Returns: where the payload now lies, and how far the body has come.
  package mutating func decode(_ bytes: UnsafeMutableRawBufferPointer) -> (payload: Range<Int>, progress: Progress) {
    var position = 0
    var payload = 0..<0
    while position < bytes.count {
      if state == .size, digits == 0, let data = unsafe wholeSizeLine(bytes, at: position) { position = data }
      if state == .data {
        let count = min(rest, bytes.count - position)
        payload = unsafe ResponseChunks.join(payload, position..<position + count, in: bytes)
        rest -= count
        position += count
        guard rest == 0 else { continue }
        state = .dataReturn
        if position + 1 < bytes.count, unsafe bytes[position] == 0x0d, unsafe bytes[position + 1] == 0x0a {
          position += 2
          state = .size
          digits = 0
        }
        continue
      }
      let byte = unsafe bytes[position]
      position += 1
      guard frame(byte) else { return (payload, .malformed) }
      if state == .lastLineFeed, byte == 0x0a { return (payload, .ended(consumed: position)) }
    }
    return (payload, .unfinished)
  }

  /// The usual case at once: nothing but digits, CR and LF, all of it there.
  ///
  /// - Returns: where the chunk's data begins; `nil` leaves the line to be taken byte by byte.
  private mutating func wholeSizeLine(_ bytes: UnsafeMutableRawBufferPointer, at start: Int) -> Int? {
    var (position, size) = (start, 0)
    while position < bytes.count, position - start < ResponseChunks.sizeDigitsMax,
      let digit = unsafe HTTPByte.hexDigit(bytes[position])
    {
      size = size << 4 | digit
      position += 1
    }
    guard size > 0, position + 1 < bytes.count, unsafe bytes[position] == 0x0d, unsafe bytes[position + 1] == 0x0a
    else { return nil }
    rest = size
    state = .data
    return position + 2
  }

  /// Appends a run of payload to what has been moved together so far.
  private static func join(
    _ payload: Range<Int>, _ run: Range<Int>, in bytes: UnsafeMutableRawBufferPointer
  ) -> Range<Int> {
    guard !payload.isEmpty else { return run }
    guard let base = bytes.baseAddress else { return payload }
    unsafe memmove(base + payload.upperBound, base + run.lowerBound, run.count)
    return payload.lowerBound..<payload.upperBound + run.count
  }

  /// Takes one byte of framing; false where it cannot stand.
  private mutating func frame(_ byte: UInt8) -> Bool {
    switch state {
    case .size: return size(byte)
    case .sizePadding: return skip() && sizeEnd(byte)
    case .sizeExtension:
      if byte == 0x0d { state = .sizeLineFeed }
      return byte != 0x0a && skip()
    case .sizeLineFeed:
      skipped = 0
      state = rest > 0 ? .data : .trailerStart
      return byte == 0x0a
    case .data: return false
    case .dataReturn:
      state = .dataLineFeed
      return byte == 0x0d
    case .dataLineFeed:
      state = .size
      digits = 0
      return byte == 0x0a
    case .trailerStart:
      state = byte == 0x0d ? .lastLineFeed : .trailer
      return byte != 0x0a && skip()
    case .trailer:
      if byte == 0x0d { state = .trailerReturn }
      return byte != 0x0a && skip()
    case .trailerReturn:
      state = .trailerStart
      return byte == 0x0a
    case .lastLineFeed: return byte == 0x0a
    }
  }

  /// One byte where a size digit, or what ends the size, is due.
  private mutating func size(_ byte: UInt8) -> Bool {
    guard let digit = HTTPByte.hexDigit(byte) else { return digits > 0 && sizeEnd(byte) }
    rest = digits == 0 ? digit : rest << 4 | digit
    digits += 1
    return digits <= ResponseChunks.sizeDigitsMax
  }

  /// One byte behind the size: `;`, CR, or a space, since some servers pad.
  private mutating func sizeEnd(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x0d: state = .sizeLineFeed
    case 0x3b: state = .sizeExtension
    case 0x20, 0x09: state = .sizePadding
    default: return false
    }
    return true
  }

  private mutating func skip() -> Bool {
    skipped += 1
    return skipped <= ResponseChunks.skippedBytesMax
  }
}
