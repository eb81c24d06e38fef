import Reactor
import Wire

/// The framing of the answer under way.
struct ResponseState {
  /// Of what is still to come: `.length` counts down. `.none` also where HEAD asked, whatever is written.
  var framing = ResponseFraming.none
  var hasBegun = false
  /// Whether the connection ends with this answer.
  var closes = false
  var isHead = false
  var isHTTP10 = false
  /// Whether the queue has gone above the high-water mark and not yet fallen to the low one.
  var isCongested = false

  mutating func begin(_ head: RequestHead, closes: Bool) {
    framing = .none
    hasBegun = false
    isHead = head.method == .head
    isHTTP10 = head.versionMinor == 0
    self.closes = closes || !head.keepAlive
    isCongested = false
  }
}

extension ServerConnection {
  /// Whether the client reads more slowly than it is written to; the source should pause until `outputDrained`.
  package var isCongested: Bool { response.isCongested }

  /// Whether the head of the current answer has been sent.
  package var hasBegun: Bool { response.hasBegun }

  /// Whether an answer is due and can still be sent.
  package var isOpen: Bool { phase == .answering || phase == .receivingBody }

  /// Makes the connection close once the current answer is out.
  package func closeAfterAnswer() { response.closes = true }

  /// Sends the head of an answer.
  ///
  /// - Parameters:
  ///   - length: of the body; `nil` when it is not known, which makes it chunked (or ended by the close in HTTP/1.0).
  ///   - fields: appends header fields with `ResponseHeadWriter.appendField`; framing, `Date` and `Connection` are
  ///     added here.
  package func begin(_ status: Int, length: Int?, _ fields: (inout [UInt8]) -> Void) {
    guard isOpen, !hasBegun else { return }
    let hasBody = !response.isHead && !HTTPStatus.isBodiless(status)
    if length == nil, response.isHTTP10, hasBody { response.closes = true }
    // Whoever wanted another protocol has no use for the connection.
    if phase == .receivingBody || status == 426 { response.closes = true }
    let announced = announcedFraming(status, length: length)
    output.gather(&loop.buffers) { out in
      server.appendStart(status, to: &out)
      fields(&out)
      ResponseHeadWriter.appendFraming(announced, to: &out)
      ResponseHeadWriter.appendConnection(
        keepAlive: !response.closes, requestMinor: response.isHTTP10 ? 0 : 1, offersUpgrade: status == 426, to: &out)
      ResponseHeadWriter.appendEnd(to: &out)
    }
    response.framing = hasBody ? announced : .none
    response.hasBegun = true
    needTurnEnd()
  }

  private func announcedFraming(_ status: Int, length: Int?) -> ResponseFraming {
    if HTTPStatus.isBodiless(status) { return .none }
    if let length { return .length(length) }
    return response.isHTTP10 ? .untilClose : .chunked
  }

  /// Queues body bytes; written at the end of the turn. More than were announced cut the connection.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    guard isOpen, !bytes.isEmpty else { return }
    switch response.framing {
    case .chunked: output.gather(&loop.buffers) { ChunkWriter.append(Span(_unsafeBytes: bytes), to: &$0) }
    case .untilClose: output.append(bytes, &loop.buffers)
    case .length(let left):
      // What an upstream announces and what it sends are two things; neither may end the process.
      guard bytes.count <= left else { return cut() }
      response.framing = .length(left - bytes.count)
      output.append(bytes, &loop.buffers)
    case .none: return
    }
    if output.count > server.options.highWater { response.isCongested = true }
    needTurnEnd()
  }

  /// Queues body bytes.
  package func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  /// Ends the body and with it the answer. The connection goes on with its next request, or closes.
  package func finish() {
    guard isOpen else { return }
    // A body shorter than announced must not look like a whole one.
    if case .length(let left) = response.framing, left > 0 { return cut() }
    if response.framing == .chunked { output.gather(&loop.buffers) { ChunkWriter.appendLast(to: &$0) } }
    let wasWhole = phase == .answering
    requestDone()
    response.isCongested = false
    if response.closes || !wasWhole {
      if !wasWhole || !input.isEmpty { mustLinger = true }
      closeAfterOutput()
    } else {
      parser.reset()
      phase = .idle
      since = loop.now
      server.becameIdle(self)
      ensureTimer()
      needTurnEnd()
    }
  }

  /// Ends an answer that cannot be completed: what is queued is delivered, then the connection closes without the
  /// proper end of the body, so that the client does not take the part for the whole. Where the close itself is the
  /// end of the body, only a reset can say so.
  package func cut() {
    guard isOpen else { return }
    if hasBegun, response.framing != .untilClose { closeAfterOutput() } else { reset() }
  }

  /// Resets the connection; of what is queued, as much goes out before as the socket takes.
  package func reset() {
    guard isOpen else { return }
    flush()
    abort()
  }

  /// Sends a whole answer.
  package func respond(_ status: Int, body: [UInt8], _ fields: (inout [UInt8]) -> Void) {
    begin(status, length: body.count, fields)
    write(body)
    finish()
  }

  // MARK: - Writing

  func flush() {
    guard phase != .closed else { return }
    if !isWritten {
      switch writeOutput() {
      case .bytes(let count): if isWritten { caughtUp() } else { progressed(count) }
      case .wouldBlock: break
      case .failed: return peerGone()
      }
    }
    if phase == .closing, isWritten { return outputGone() }
    if response.isCongested, output.count <= server.options.lowWater {
      response.isCongested = false
      if phase == .answering { server.delegate.outputDrained(self) }
    }
    if !isWritten { ensureTimer() }
    // The next request may have waited for the client to read the earlier answers.
    if phase == .idle, !input.isEmpty, !isBehind { needTurnEnd() }
  }

  private func caughtUp() {
    // Over TLS not only answers are written, and the rest gives no body more time.
    guard tls == nil || phase != .receivingBody else { return }
    progress = 0
    since = loop.now
  }

  private func outputGone() {
    guard mustLinger, !peerHasClosed else { return close() }
    // Closing with unread bytes in the kernel would reset the connection and take the answer with it.
    Syscalls.shutdownWriting(descriptor)
    phase = .lingering
    since = loop.now
    input = []
    ensureTimer()
    updateInterest()
  }

  func updateInterest() {
    guard phase != .closed else { return }
    var bits = peerHasClosed ? 0 : Readiness.input.rawValue
    let isAhead = phase == .answering || phase == .closing
    if isBehind || isAhead && input.count >= server.options.pipelinedBytesMax { bits &= ~Readiness.readable.rawValue }
    if waitsForSocket { bits |= Readiness.writable.rawValue }
    guard bits != interest.rawValue else { return }
    let wanted = Readiness(rawValue: bits)
    interest = wanted
    loop.change(registration, descriptor, wanted)
  }
}
