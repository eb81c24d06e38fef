/// Reads HTTP/1.1 and HTTP/1.0 requests from a byte stream cut anywhere (RFC 9112, server side).
///
/// Give ``advance(_:)`` what has been read, act on the step, give it the rest, until it needs more. One request is
/// `.head`, any number of `.body`, then `.end`; after it call ``reset()`` and go on with the next one. The events and
/// their order do not depend on how the input was cut.
///
/// The parser copies the head, since it must be contiguous and outlive the read buffer; body bytes are handed on as
/// ranges of the input. It is strict: whatever two readers could understand differently is a failure, and after one it
/// stays failed, because where the next request starts can no longer be known. A copy of it reads into the same head.
package struct RequestParser {
  private enum Phase: Sendable {
    /// Before the request line; maybe behind the CR of an empty line.
    case idle(sawReturn: Bool)
    /// In the head.
    case head
    /// In a body of known length, of which ``bodyRest`` bytes are to come; also for no body at all.
    case sizedBody
    /// In a chunked body.
    case chunkedBody
    /// Behind the request.
    case ended
    case failed(RequestFailure)
  }

  /// The head of the current request: complete once `.head` has been returned, until ``reset()``.
  package let head = RequestHead()

  private let limits: RequestLimits
  private var phase = Phase.idle(sawReturn: false)
  private var emptyLines = 0
  private var section = FieldSection()
  /// Where the header lines start, once the request line has ended.
  private var fieldsStart = 0
  private var bodyRest = 0
  private var chunks: ChunkedDecoder

  /// A parser for the requests of one connection.
  package init(limits: RequestLimits = RequestLimits()) {
    self.limits = limits
    self.chunks = ChunkedDecoder(limits: limits)
  }

  /// Whether no byte of a request has come yet; empty lines before it do not count (RFC 9112 section 2.2).
  package var isIdle: Bool {
    switch phase {
    case .idle: true
    case .head, .sizedBody, .chunkedBody, .ended, .failed: false
    }
  }

  /// Reads on from the start of `input`, up to the next event. An empty input is fine: after `.head` or the last
  /// `.body` it yields the `.end` that needs no further byte.
  package mutating func advance(_ input: Span<UInt8>) -> RequestStep {
    switch phase {
    case .idle(let sawReturn): return skipEmptyLines(input, sawReturn: sawReturn)
    case .head: return collectHead(input, from: 0)
    case .sizedBody: return sizedBody(input)
    case .chunkedBody: return chunkedBody(input)
    case .ended: return .needMore(consumed: 0)
    case .failed(let failure): return .failed(failure)
    }
  }

  /// Makes the parser ready for the connection's next request; a failed parser stays failed.
  package mutating func reset() {
    if case .failed = phase { return }
    head.removeAll()
    phase = .idle(sawReturn: false)
    emptyLines = 0
    section = FieldSection()
    bodyRest = 0
  }

  private mutating func skipEmptyLines(_ input: Span<UInt8>, sawReturn: Bool) -> RequestStep {
    var sawReturn = sawReturn
    for position in input.indices {
      let byte = input[position]
      if sawReturn {
        guard byte == HTTPByte.lineFeed else { return fail(RequestFailure(.bareCarriageReturn)) }
        emptyLines += 1
        guard emptyLines <= limits.emptyLinesMax else {
          return fail(RequestFailure(.emptyLines, limit: limits.emptyLinesMax))
        }
        sawReturn = false
      } else if byte == HTTPByte.carriageReturn {
        sawReturn = true
      } else {
        if let reason = Self.misfit(byte) { return fail(RequestFailure(reason)) }
        phase = .head
        return collectHead(input, from: position)
      }
    }
    phase = .idle(sawReturn: sawReturn)
    return .needMore(consumed: input.count)
  }

  /// Why `byte` cannot begin a request. Judged at once: a TLS client hello may never bring the LF that would end a
  /// line.
  private static func misfit(_ byte: UInt8) -> RequestFailure.Reason? {
    if HTTPByte.isToken(byte) { return nil }
    switch byte {
    case 0x16: return .tlsHandshake
    case HTTPByte.lineFeed: return .bareLineFeed
    default: return .malformedRequestLine
    }
  }

  private mutating func collectHead(_ input: Span<UInt8>, from start: Int) -> RequestStep {
    guard section.lineStart == 0 else { return collectFields(input, from: start) }
    // The request line alone: a client that speaks something else may never send the empty line.
    let end = input.firstIndex(of: HTTPByte.lineFeed, in: start..<input.count).map { $0 + 1 } ?? input.count
    let step = collectFields(input.extracting(0..<end), from: start)
    guard case .needMore = step, section.lineStart > 0 else { return step }
    do throws(RequestFailure) {
      fieldsStart = try RequestLine.parse(into: head, limits: limits)
    } catch {
      return fail(error)
    }
    return collectFields(input, from: end)
  }

  private mutating func collectFields(_ input: Span<UInt8>, from start: Int) -> RequestStep {
    switch section.collect(input, from: start, into: &head.bytes, bytesMax: limits.headBytesMax) {
    case .needMore:
      return .needMore(consumed: input.count)
    case .bareLineFeed:
      return fail(RequestFailure(.bareLineFeed))
    case .tooLarge:
      return fail(tooLarge(with: input, from: start))
    case .complete(let next):
      do throws(RequestFailure) {
        try parseHead()
      } catch {
        return fail(error)
      }
      return .head(consumed: next)
    }
  }

  /// A head that is too large before its first line has ended is so because of the target, if there is one.
  private func tooLarge(with input: Span<UInt8>, from start: Int) -> RequestFailure {
    guard section.lineStart == 0 else { return RequestFailure(.headTooLarge, limit: limits.headBytesMax) }
    let rest = start..<min(input.count, start + limits.headBytesMax - head.bytes.count)
    let hasMethod = head.bytes.contains(HTTPByte.space) || input.firstIndex(of: HTTPByte.space, in: rest) != nil
    return hasMethod
      ? RequestFailure(.targetTooLong, limit: limits.headBytesMax) : RequestFailure(.malformedRequestLine)
  }

  private mutating func parseHead() throws(RequestFailure) {
    let bytes = head.bytes
    try FieldLines.parse(bytes.span, from: fieldsStart, fieldsMax: limits.headersMax, into: &head.headers)
    try RequestRules.apply(to: head, limits: limits)
    switch head.framing {
    case .none:
      phase = .sizedBody
    case .length(let length):
      bodyRest = length
      phase = .sizedBody
    case .chunked:
      chunks = ChunkedDecoder(limits: limits)
      phase = .chunkedBody
    }
  }

  private mutating func sizedBody(_ input: Span<UInt8>) -> RequestStep {
    guard bodyRest > 0 else {
      phase = .ended
      return .end(consumed: 0)
    }
    guard input.count > 0 else { return .needMore(consumed: 0) }
    let count = min(bodyRest, input.count)
    bodyRest -= count
    return .body(0..<count, consumed: count)
  }

  private mutating func chunkedBody(_ input: Span<UInt8>) -> RequestStep {
    let step = chunks.advance(input)
    switch step {
    case .end: phase = .ended
    case .failed(let failure): phase = .failed(failure)
    case .needMore, .head, .body: break
    }
    return step
  }

  private mutating func fail(_ failure: RequestFailure) -> RequestStep {
    phase = .failed(failure)
    return .failed(failure)
  }
}
