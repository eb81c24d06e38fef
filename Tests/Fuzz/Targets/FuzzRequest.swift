import Wire

/// The request parser: reads the same however the bytes are cut, and its framing is the one that the head states.
func fuzzRequest(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let limits = RequestLimits(bodyBytesMax: 1 << 16)
  let whole = RequestReading(bytes, pieces: [0..<bytes.count], limits: limits)
  must(RequestReading(bytes, pieces: cuts.pieces(of: bytes), limits: limits) == whole, "cuts change what is read")
  for request in whole.requests { request.checkFraming() }
}

/// What a parser made of the bytes of a connection.
private struct RequestReading: Equatable {
  struct Request: Equatable {
    var head: [UInt8]
    var framing: BodyFraming
    var body: [UInt8] = []
    var hasEnded = false

    /// Reads the head once more, the obvious way: what it says must be what was decided.
    func checkFraming() {
      let lines = String(decoding: head, as: Unicode.ASCII.self).lowercased().split(separator: "\r\n")
      let lengths = lines.filter { $0.hasPrefix("content-length:") }
      let codings = lines.filter { $0.hasPrefix("transfer-encoding:") }
      switch framing {
      case .none: must(lengths.isEmpty && codings.isEmpty, "a body was overlooked")
      case .length(let length):
        must(lengths.count == 1 && codings.isEmpty, "a length that is not the only framing")
        let digits = lengths.first?.dropFirst("content-length:".count).filter { $0 != " " && $0 != "\t" }
        must(digits.flatMap { Int($0) } == length, "another length")
        if hasEnded { must(body.count == length, "a body of another length") }
      case .chunked: must(codings.count == 1 && lengths.isEmpty, "a coding that is not the only framing")
      }
    }
  }

  var requests: [Request] = []
  var failure: RequestFailure?

  init(_ bytes: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>], limits: RequestLimits) {
    var parser = RequestParser(limits: limits)
    var consumed = 0
    for piece in pieces {
      while failure == nil {
        let input = UnsafeBufferPointer(rebasing: bytes[consumed..<piece.upperBound])
        let step = parser.advance(Span(_unsafeElements: input))
        guard take(step, &parser, input, &consumed) else { break }
      }
    }
  }

  /// - Returns: whether to go on with the same piece.
  private mutating func take(
    _ step: RequestStep, _ parser: inout RequestParser, _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
  ) -> Bool {
    switch step {
    case .needMore(let count):
      consumed += count
      return false
    case .head(let count):
      consumed += count
      requests.append(Request(head: parser.head.bytes, framing: parser.head.framing))
    case .body(let range, let count):
      must(!range.isEmpty && range.upperBound <= count, "a body outside of what was consumed")
      requests[requests.count - 1].body += input[range]
      consumed += count
    case .end(let count):
      consumed += count
      requests[requests.count - 1].hasEnded = true
      parser.reset()
    case .failed(let found):
      failure = found
      return false
    }
    return true
  }
}
