import Wire

/// Both decoders of the chunked coding: they read the same however the bytes are cut, and where both find the end of a
/// body they find the same body. What is written chunked is read back.
func fuzzChunked(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let pieces = cuts.pieces(of: bytes)
  let request = Decoded(requestBody: bytes, pieces: [0..<bytes.count])
  must(Decoded(requestBody: bytes, pieces: pieces) == request, "cuts change a request's body")
  let answer = Decoded(answerBody: bytes, pieces: [0..<bytes.count])
  must(Decoded(answerBody: bytes, pieces: pieces) == answer, "cuts change an answer's body")
  if let end = request.end, let other = answer.end {
    must(end == other && request.payload == answer.payload, "the decoders disagree")
  }
  var written: [UInt8] = []
  for piece in pieces {
    ChunkWriter.append(Span(_unsafeElements: UnsafeBufferPointer(rebasing: bytes[piece])), to: &written)
  }
  ChunkWriter.appendLast(to: &written)
  written.withUnsafeBufferPointer { written in
    let read = Decoded(answerBody: written, pieces: [0..<written.count])
    must(read.end == written.count && read.payload == Array(bytes), "what was written reads otherwise")
  }
}

private struct Decoded: Equatable {
  var payload: [UInt8] = []
  var end: Int?
  var failure: RequestFailure?
  var isMalformed = false

  init(requestBody bytes: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>]) {
    var decoder = ChunkedDecoder(limits: RequestLimits(bodyBytesMax: 1 << 16))
    var consumed = 0
    for piece in pieces where end == nil && !isMalformed {
      reading: while true {
        let input = UnsafeBufferPointer(rebasing: bytes[consumed..<piece.upperBound])
        switch decoder.advance(Span(_unsafeElements: input)) {
        case .needMore(let count):
          consumed += count
          break reading
        case .body(let range, let count):
          must(!range.isEmpty && range.upperBound <= count, "a body outside of what was consumed")
          payload += input[range]
          consumed += count
        case .end(let count):
          consumed += count
          end = consumed
          break reading
        case .failed(let found):
          isMalformed = true
          failure = found
          break reading
        case .head: fatalError("a body has no head")
        }
      }
    }
  }

  init(answerBody bytes: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>]) {
    var chunks = ResponseChunks()
    for piece in pieces where end == nil && !isMalformed {
      var copy = Array(bytes[piece])
      copy.withUnsafeMutableBytes { buffer in
        let (range, progress) = chunks.decode(buffer)
        payload += buffer[range]
        switch progress {
        case .unfinished: break
        case .ended(let count): end = piece.lowerBound + count
        case .malformed: isMalformed = true
        }
      }
    }
  }
}
