import Glibc

/// Collects a section of CR LF terminated lines up to and including its empty line, from inputs cut anywhere: a
/// request's head, or the trailers of a chunked body.
///
/// Only the line ends are looked at here, so that parsing happens once, over one contiguous buffer, with the same
/// result however the bytes arrived. Every byte is searched once and copied once.
struct FieldSection: Sendable {
  /// What became of an input.
  enum Outcome {
    /// The whole input was taken; the empty line has not come yet.
    case needMore
    /// The section is complete; `next` is the offset in the input behind it.
    case complete(next: Int)
    /// A LF came without a CR before it.
    case bareLineFeed
    /// The section would have more bytes than allowed.
    case tooLarge
  }

  /// Where in the collected bytes the unfinished line starts; 0 as long as the first line is unfinished.
  private(set) var lineStart = 0

  /// Appends the input from `start` on to `bytes`, up to the end of the section.
  mutating func collect(_ input: Span<UInt8>, from start: Int, into bytes: inout [UInt8], bytesMax: Int) -> Outcome {
    var position = start
    while let lineFeed = Self.firstLineFeed(in: input, from: position) {
      let collected = bytes.count + (lineFeed + 1 - start)
      guard collected <= bytesMax else { return .tooLarge }
      let before = lineFeed > start ? input[lineFeed - 1] : bytes.last
      guard before == HTTPByte.carriageReturn else { return .bareLineFeed }
      position = lineFeed + 1
      if collected - lineStart == 2 {
        Self.append(input.extracting(start..<position), to: &bytes)
        return .complete(next: position)
      }
      lineStart = collected
    }
    guard bytes.count + (input.count - start) <= bytesMax else { return .tooLarge }
    Self.append(input.extracting(start..<input.count), to: &bytes)
    return .needMore
  }

  private static func append(_ part: Span<UInt8>, to bytes: inout [UInt8]) {
    unsafe part.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }

  private static func firstLineFeed(in input: Span<UInt8>, from start: Int) -> Int? {
    unsafe input.withUnsafeBufferPointer { buffer in
      guard start < buffer.count, let base = buffer.baseAddress else { return nil }
      guard let found = unsafe memchr(base + start, Int32(HTTPByte.lineFeed), buffer.count - start) else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }
}
