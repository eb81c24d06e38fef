/// Decodes the chunked transfer coding (RFC 9112 section 7.1) without copying payload.
///
/// Strict where senders and receivers have been made to disagree: sizes are 1 to 16 hexadecimal digits, nothing but
/// extensions or CR LF follows them, no line ends with LF alone. Extensions must be well formed and are skipped,
/// trailers are checked like headers and then dropped; both are bounded.
package struct ChunkedDecoder: Sendable {
  private enum State: Sendable {
    /// In the digits of a chunk's size, of which `digits` have come.
    case size(digits: Int)
    /// In the extensions behind the size, of which `count` bytes have come.
    case sizeExtension(ChunkExtension, count: Int)
    /// Behind the CR of the size line.
    case sizeLineFeed
    /// In the payload, of which ``chunkRest`` bytes are to come.
    case data
    /// Behind the payload.
    case dataReturn
    /// Behind the CR that follows the payload.
    case dataLineFeed
    /// In the trailer section.
    case trailers
    case ended
    case failed(RequestFailure)
  }

  private let limits: RequestLimits
  private var state = State.size(digits: 0)
  /// Bytes of the current chunk still to come; while its size is being read, the value so far.
  private var chunkRest = 0
  /// Payload bytes of all chunks announced so far.
  private var payload = 0
  /// Bytes so far that were not payload, trailers aside.
  private var overhead = 0
  private var section = FieldSection()
  private var trailerBytes: [UInt8] = []

  /// A decoder for one body.
  package init(limits: RequestLimits) {
    self.limits = limits
  }

  /// Decodes from the start of `input`; the same contract as ``RequestParser/advance(_:)``, without `.head`.
  package mutating func advance(_ input: Span<UInt8>) -> RequestStep {
    var position = 0
    while position < input.count {
      switch state {
      case .size, .sizeExtension, .sizeLineFeed, .dataReturn, .dataLineFeed:
        do throws(RequestFailure) {
          overhead += 1
          try frame(input[position])
          position += 1
        } catch {
          return fail(error)
        }
      case .data:
        let count = min(chunkRest, input.count - position)
        chunkRest -= count
        if chunkRest == 0 { state = .dataReturn }
        return .body(position..<position + count, consumed: position + count)
      case .trailers:
        return collectTrailers(input, from: position)
      case .ended:
        return .needMore(consumed: position)
      case .failed(let failure):
        return .failed(failure)
      }
    }
    if case .failed(let failure) = state { return .failed(failure) }
    return .needMore(consumed: position)
  }

  /// Takes one byte of framing.
  private mutating func frame(_ byte: UInt8) throws(RequestFailure) {
    switch state {
    case .size(let digits):
      state = try size(byte, digits: digits)
    case .sizeExtension(let part, let count):
      state = try sizeExtension(byte, in: part, count: count)
    case .sizeLineFeed:
      guard byte == HTTPByte.lineFeed else { throw RequestFailure(.bareCarriageReturn) }
      try beginChunk()
    case .dataReturn:
      if byte == HTTPByte.lineFeed { throw RequestFailure(.bareLineFeed) }
      guard byte == HTTPByte.carriageReturn else { throw RequestFailure(.chunkEndInvalid) }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == HTTPByte.lineFeed else { throw RequestFailure(.bareCarriageReturn) }
      state = .size(digits: 0)
    case .data, .trailers, .ended, .failed:
      preconditionFailure("not a framing state")
    }
  }

  /// One byte where a size digit, `;` or CR is due.
  private mutating func size(_ byte: UInt8, digits: Int) throws(RequestFailure) -> State {
    if let digit = HTTPByte.hexDigit(byte) {
      guard digits < Self.sizeDigitsMax, chunkRest <= Int.max >> 4 else { throw RequestFailure(.chunkSizeInvalid) }
      chunkRest = chunkRest << 4 | digit
      return .size(digits: digits + 1)
    }
    if byte == HTTPByte.lineFeed { throw RequestFailure(.bareLineFeed) }
    guard digits > 0 else { throw RequestFailure(.chunkSizeInvalid) }
    if byte == HTTPByte.carriageReturn { return .sizeLineFeed }
    guard let part = ChunkExtension.padding.next(byte) else { throw RequestFailure(.chunkSizeInvalid) }
    return .sizeExtension(part, count: 1)
  }

  /// One byte of the extensions, or the CR behind them.
  private func sizeExtension(
    _ byte: UInt8, in part: ChunkExtension, count: Int
  ) throws(RequestFailure) -> State {
    if byte == HTTPByte.lineFeed { throw RequestFailure(.bareLineFeed) }
    if byte == HTTPByte.carriageReturn {
      guard part.isWhole else { throw RequestFailure(.chunkExtensionInvalid) }
      return .sizeLineFeed
    }
    guard let next = part.next(byte) else { throw RequestFailure(.chunkExtensionInvalid) }
    guard count < limits.chunkExtensionBytesMax else {
      throw RequestFailure(.chunkExtensionTooLong, limit: limits.chunkExtensionBytesMax)
    }
    return .sizeExtension(next, count: count + 1)
  }

  /// At the end of a size line: judges the size and goes on to the payload or, after the last chunk, the trailers.
  private mutating func beginChunk() throws(RequestFailure) {
    let (free, overflow) = payload.multipliedReportingOverflow(by: limits.chunkOverheadPerByte)
    guard overflow || overhead - limits.chunkOverheadMax <= free else { throw RequestFailure(.chunkOverheadTooLarge) }
    guard chunkRest > 0 else {
      state = .trailers
      return
    }
    guard chunkRest <= limits.bodyBytesMax - payload else {
      throw RequestFailure(.bodyTooLarge, limit: limits.bodyBytesMax)
    }
    payload += chunkRest
    state = .data
  }

  private mutating func collectTrailers(_ input: Span<UInt8>, from start: Int) -> RequestStep {
    switch section.collect(input, from: start, into: &trailerBytes, bytesMax: limits.trailerBytesMax) {
    case .needMore:
      return .needMore(consumed: input.count)
    case .bareLineFeed:
      return fail(RequestFailure(.bareLineFeed))
    case .tooLarge:
      return fail(RequestFailure(.trailersTooLarge, limit: limits.trailerBytesMax))
    case .complete(let next):
      do throws(RequestFailure) {
        try checkTrailers()
      } catch {
        return fail(error)
      }
      state = .ended
      return .end(consumed: next)
    }
  }

  /// Trailers must be well formed and must not touch what the message's meaning hangs on (RFC 9110 section 6.5.1).
  private func checkTrailers() throws(RequestFailure) {
    var fields: [HeaderField] = []
    try FieldLines.parse(trailerBytes.span, from: 0, fieldsMax: limits.headersMax, into: &fields)
    for field in fields {
      if field.known == .contentLength || field.known == .transferEncoding || field.known == .host {
        throw RequestFailure(.trailerForbidden)
      }
    }
  }

  private mutating func fail(_ failure: RequestFailure) -> RequestStep {
    state = .failed(failure)
    return .failed(failure)
  }

  /// 16 digits spell any 64-bit number; leading zeros count.
  private static let sizeDigitsMax = 16
}
