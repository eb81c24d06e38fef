import Testing

@testable import Wire

struct ResponseChunksTests {
  /// What came of decoding some pieces one after the other.
  private struct Outcome: Equatable {
    var payload: [UInt8] = []
    /// Bytes that belong to the body; `nil` as long as it has not ended.
    var end: Int?
    var isMalformed = false
  }

  private func decode(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
    var (chunks, outcome, before) = (ResponseChunks(), Outcome(), 0)
    for piece in pieces where outcome.end == nil && !outcome.isMalformed {
      var bytes = Array(piece)
      bytes.withUnsafeMutableBytes { buffer in
        let (payload, progress) = chunks.decode(buffer)
        outcome.payload += buffer[payload]
        switch progress {
        case .unfinished: break
        case .ended(let consumed): outcome.end = before + consumed
        case .malformed: outcome.isMalformed = true
        }
      }
      before += piece.count
    }
    return outcome
  }

  private static let bodies: [(text: String, payload: String)] = [
    ("0\r\n\r\n", ""),
    ("5\r\nhello\r\n0\r\n\r\n", "hello"),
    ("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
    ("00003\r\nabc\r\n000\r\n\r\n", "abc"),
    ("00000000000000A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
    ("a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"),
    ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
    ("3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n"),
    ("2;ext\r\nab\r\n0;last=\"x;y\"\r\n\r\n", "ab"),
    ("2 \t \r\nab\r\n0 ; x\r\n\r\n", "ab"),
    ("1\r\na\r\n0\r\nX-Late: 1\r\nX-Later: 0\r\n\r\n", "a"),
  ]

  @Test(arguments: bodies)
  func `payload and end are found however the body is cut, and whatever follows it`(text: String, payload: String) {
    for extra in ["", "HTTP/1.1 200 OK\r\n", "\r\n", "0\r\n\r\n"] {
      let bytes = Array((text + extra).utf8)
      for cut in SplitFeeder(bytes).cuts {
        let outcome = decode(cut.pieces)
        #expect(outcome == Outcome(payload: Array(payload.utf8), end: text.utf8.count), "\(cut.name)")
      }
    }
  }

  @Test(arguments: bodies)
  func `a body that is not whole has not ended`(text: String, payload: String) {
    let bytes = Array(text.utf8)
    for count in bytes.indices {
      let outcome = decode([bytes[..<count]])
      #expect(outcome.end == nil && !outcome.isMalformed)
      #expect(payload.utf8.starts(with: outcome.payload))
    }
  }

  @Test(arguments: [
    // Sizes.
    "\r\n", " 1\r\na\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", ";x\r\n", "\n", "1\n", "1\rx", "1\r\r\n", "1 1\r\n",
    "1 x\r\n", "1,\r\n", "1\0\r\n", "0000000000000000\r\n", "ffffffffffffffff\r\n", "8000000000000000\r\n",
    // Ends of chunks.
    "1\r\nab\r\n", "1\r\na\n", "1\r\na\rx", "1\r\na0\r\n", "2\r\na\r\n0\r\n\r\n",
    // Extensions.
    "1;x\n", "1;x\ry", "1;\n",
    // Trailers.
    "0\r\nX: 1\n\r\n", "0\r\nX: 1\rY", "0\r\n\n", "0\r\n\rx", "0\r\n\r\r\n",
  ])
  func `what is no chunk is malformed however it is cut`(text: String) {
    for cut in SplitFeeder(Array(text.utf8)).cuts {
      #expect(decode(cut.pieces).isMalformed, "\(cut.name)")
      #expect(decode(cut.pieces).end == nil, "\(cut.name)")
    }
  }

  @Test func `payload ahead of something malformed is handed out`() {
    #expect(decode([Array("2\r\nab\r\n1\r\nc\r\nx".utf8)[...]]).payload == Array("abc".utf8))
  }

  /// Goal: many chunks in one read come out in one piece. Method: sizes around every power of two that matters.
  @Test func `chunks of all sizes are joined`() {
    let sizes = [1, 15, 16, 17, 255, 256, 4095, 4096, 4097, 65_535, 1, 2, 3]
    var (text, payload): ([UInt8], [UInt8]) = ([], [])
    for (number, size) in sizes.enumerated() {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
      ChunkWriter.append(bytes.span, to: &text)
      payload += bytes
    }
    ChunkWriter.appendLast(to: &text)
    for step in [text.count, 1000, 7, 1] {
      let pieces = stride(from: 0, to: text.count, by: step).map { text[$0..<min($0 + step, text.count)] }
      #expect(decode(pieces) == Outcome(payload: payload, end: text.count))
    }
  }

  @Test(arguments: [("1;", "\r\na\r\n0\r\n\r\n"), ("1 ", "\r\na\r\n0\r\n\r\n"), ("0\r\nX: ", "\r\n\r\n")])
  func `what is skipped has a cap`(start: String, end: String) {
    let filler: Character = start == "1 " ? " " : "x"
    func outcome(_ count: Int) -> Outcome {
      decode([Array((start + String(repeating: filler, count: count) + end).utf8)[...]])
    }
    #expect(outcome(ResponseChunks.skippedBytesMax - 100).end != nil)
    #expect(outcome(ResponseChunks.skippedBytesMax + 1).isMalformed)
  }

  @Test func `extensions are counted for each chunk alone`() {
    let chunk = "1;\(String(repeating: "x", count: 1000))\r\na\r\n"
    let count = 2 * ResponseChunks.skippedBytesMax / 1000
    let outcome = decode([Array((String(repeating: chunk, count: count) + "0\r\n\r\n").utf8)[...]])
    #expect(outcome.payload.count == count && outcome.end != nil)
  }

  @Test func `no bytes decode to none`() {
    var chunks = ResponseChunks()
    let (payload, progress) = chunks.decode(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    #expect(payload.isEmpty && progress == .unfinished)
  }
}
