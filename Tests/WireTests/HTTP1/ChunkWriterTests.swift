import Testing

@testable import Wire

@Suite struct ChunkWriterTests {
  @Test(arguments: [
    (1, "1"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (4096, "1000"),
    (0xABCDEF, "abcdef"), (Int.max, "7fffffffffffffff"),
  ])
  func sizesAreHexadecimalWithoutLeadingZeros(_ count: Int, _ digits: String) {
    var out: [UInt8] = []
    ChunkWriter.appendPrefix(count, to: &out)
    #expect(out == Array("\(digits)\r\n".utf8))
  }

  @Test func aChunkIsSizePayloadAndLineEnd() {
    var out: [UInt8] = []
    ChunkWriter.append("data: {}\n\n".utf8.span, to: &out)
    ChunkWriter.appendLast(to: &out)
    #expect(out == Array("a\r\ndata: {}\n\n\r\n0\r\n\r\n".utf8))
  }

  @Test func noBytesMakeNoChunk() {
    var out: [UInt8] = []
    ChunkWriter.append([UInt8]().span, to: &out)
    #expect(out.isEmpty)
  }

  @Test func anEmptyPrefixIsABug() async {
    await #expect(processExitsWith: .failure) {
      var out: [UInt8] = []
      ChunkWriter.appendPrefix(0, to: &out)
    }
  }

  @Test func whatIsWrittenIsReadBack() {
    let payloads = [1, 15, 16, 17, 255, 256, 5000].map { [UInt8](repeating: UInt8($0 & 0xFF), count: $0) }
    var encoded: [UInt8] = []
    for payload in payloads { ChunkWriter.append(payload.span, to: &encoded) }
    ChunkWriter.appendLast(to: &encoded)

    var decoder = ChunkedDecoder(limits: RequestLimits())
    var decoded: [[UInt8]] = []
    var position = 0
    while case .body(let range, let consumed) = decoder.advance(encoded.span.extracting(position..<encoded.count)) {
      decoded.append(Array(encoded[position + range.lowerBound..<position + range.upperBound]))
      position += consumed
    }
    #expect(decoded == payloads)
    // The decoder has just ended, in the step that was not a body.
    let next = decoder.advance("1\r\n".utf8.span)
    #expect(next == .needMore(consumed: 0))
  }
}
