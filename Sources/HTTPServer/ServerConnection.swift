import Reactor
import Time
import Wire

/// One client connection: reads requests in order, hands each to the delegate, writes its answer, and goes on with the
/// next (RFC 9112 section 9).
///
/// A single request is served at a time; what a client sends ahead waits, bounded, in `input`. Output is gathered
/// during a turn of the loop and written once at its end.
package final class ServerConnection: EventHandler, TimerHandler, TurnHandler {
  /// Room made for a body on the word of its `Content-Length` alone.
  static let trustedLengthMax = 1 << 20
  /// Bytes of a body that have to come, or of an answer that have to be taken, within the time limit for it. With the
  /// default of 30 s this is about 140 bytes a second.
  static let progressBytes = 4 << 10

  enum Phase: Equatable {
    /// No byte of the next request has come.
    case idle
    /// In a head or a body.
    case receivingHead, receivingBody
    /// A whole request waits for its answer.
    case answering
    /// The last answer is being written.
    case closing
    /// The answer is out; what the client still sends is thrown away until it closes.
    case lingering
    case closed
  }

  /// Outlives its connections; a counted reference would be paid for with each event.
  unowned(unsafe) let server: HTTPServer
  let loop: EventLoop
  let descriptor: Int32
  var id = SlotID.none
  var registration = SlotID.none
  var interest = Readiness.input
  var phase = Phase.idle {
    didSet {
      if (oldValue == .idle) != (phase == .idle) { server.idleCount += phase == .idle ? 1 : -1 }
    }
  }
  /// Where the client is; `nil` for a connection that is not counted, because there was no room for it.
  var network: UInt64?
  /// When, among the loop's connections, it became idle.
  var idleTurn: UInt64 = 0
  var parser: RequestParser
  var input: [UInt8] = []
  var output = OutputQueue()
  /// Where the client speaks TLS.
  var tls: TLSSession?
  var response = ResponseState()
  var isProcessing = false
  var isTurnEndDue = false
  var peerHasClosed = false
  /// Whether the client may still be sending when the last answer is out.
  var mustLinger = false
  var timer = TimerID.none
  var timerDeadline = Instant.now
  /// Start of the current phase, or the last progress in it.
  var since = Instant.now
  /// Bytes that have gone through since; enough of them are progress.
  var progress = 0
  var bodyBytesCounted = 0

  /// The body of the current request, transfer coding removed.
  package internal(set) var body: [UInt8] = []
  /// Bytes of the current request's body that the delegate will wait for; beyond them it is asked for an answer
  /// (`ServerFailure.bodyUnwanted`). For requests that will be refused: where their body is short, it is read, so that
  /// the connection can go on.
  package var bodyBytesWanted = Int.max
  /// Whoever answers the current request; the connection only keeps it.
  package var owner = SlotID.none
  /// When the first byte of the current request's head was read.
  package internal(set) var requestStart = Instant.now

  init(server: HTTPServer, descriptor: Int32) {
    self.server = server
    loop = server.loop
    self.descriptor = descriptor
    parser = RequestParser(limits: server.options.request)
  }

  /// The head of the current request.
  package var head: RequestHead { parser.head }

  /// Takes the body out, so that it can be kept without a copy.
  package func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  /// Counts the body as `bytes` long from now on: what is kept until the answer is over may be larger than what came,
  /// because it was compressed.
  ///
  /// - Returns: false when the loop holds too much with it; the request must be refused.
  package func keepsBody(of bytes: Int) -> Bool {
    server.bufferedBodyBytes += bytes - bodyBytesCounted
    bodyBytesCounted = bytes
    return server.bufferedBodyBytes <= server.options.bufferedBodyBytesMax
  }

  func start(id: SlotID) {
    self.id = id
    since = loop.now
    server.idleCount += 1
    registration = loop.register(descriptor, interest, self)
    ensureTimer()
  }

  // MARK: - Events

  package func ready(_ readiness: Readiness) {
    if readiness.contains(.error) || readiness.contains(.hangUp) { return peerGone() }
    if readiness.contains(.writable) { flush() }
    guard phase != .closed else { return }
    if readiness.contains(.readable) {
      read()
    } else if readiness.contains(.peerClosed) {
      socketEnded()
    }
  }

  private func read() {
    switch Syscalls.receive(descriptor, into: loop.scratch) {
    case .bytes(0): socketEnded()
    case .bytes(let count):
      let bytes = UnsafeRawBufferPointer(rebasing: loop.scratch[..<count])
      if let tls { received(bytes, through: tls) } else { received(bytes) }
    case .wouldBlock: break
    case .failed: peerGone()
    }
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    switch phase {
    case .idle, .receivingHead, .receivingBody:
      if phase == .idle { since = loop.now }
      if input.isEmpty {
        let used = process(bytes)
        if used < bytes.count, phase != .closed { input.append(contentsOf: bytes[used...]) }
      } else {
        input.append(contentsOf: bytes)
        processInput()
      }
      ensureTimer()
    case .answering, .closing:
      input.append(contentsOf: bytes)
    case .lingering, .closed:
      break
    }
    updateInterest()
  }

  /// The client has closed its sending side.
  func peerHalfClosed() {
    peerHasClosed = true
    switch phase {
    case .idle: isWritten ? closeInOrder() : closeAfterOutput()
    case .receivingHead, .receivingBody: fail(.incomplete)
    case .answering:
      if server.options.servesHalfClosed { updateInterest() } else { peerGone() }
    case .closing: updateInterest()
    case .lingering: close()
    case .closed: break
    }
  }

  /// The connection is of no more use.
  func peerGone() {
    guard phase != .closed else { return }
    let isAwaited = phase == .answering
    let awaiting = owner
    close()
    guard isAwaited else { return }
    owner = awaiting
    server.delegate.clientLeft(self)
    owner = .none
  }

  package func turnEnded() {
    isTurnEndDue = false
    if phase == .idle, !input.isEmpty {
      processInput()
      ensureTimer()
    }
    if peerHasClosed { endInput() }
    flush()
    updateInterest()
  }

  /// A half-closed client has had its answers: nothing more can come, and it waits for the end.
  private func endInput() {
    switch phase {
    case .idle: if input.isEmpty { closeAfterOutput() }
    case .receivingHead, .receivingBody: fail(.incomplete)
    case .answering, .closing, .lingering, .closed: break
    }
  }

  func needTurnEnd() {
    guard !isTurnEndDue, phase != .closed else { return }
    isTurnEndDue = true
    loop.atEndOfEvent(self)
  }

  // MARK: - Reading requests

  /// Whether nothing at all is going on: no request has begun, no answer is still being read.
  var isQuiet: Bool { phase == .idle && input.isEmpty && isWritten }

  /// Whether earlier answers wait for a client that does not read them: it gets no further ones until it does.
  var isBehind: Bool { phase == .idle && output.count > server.options.highWater }

  private func processInput() {
    guard !isProcessing else { return }
    let current = input
    input = []
    let used = current.withUnsafeBytes { process($0) }
    if used < current.count, phase != .closed { input = Array(current[used...]) }
  }

  /// Parses as far as requests may be read now.
  ///
  /// - Returns: bytes used; the rest belongs to a later request.
  private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
    isProcessing = true
    defer { isProcessing = false }
    var used = 0
    while true {
      switch phase {
      case .idle where isBehind: return used
      case .idle, .receivingHead, .receivingBody: break
      case .answering, .closing, .lingering, .closed: return used
      }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
      switch parser.advance(Span(_unsafeBytes: rest)) {
      case .needMore(let consumed):
        used += consumed
        if phase == .idle, !parser.isIdle { beginHead() }
        return used
      case .head(let consumed):
        used += consumed
        if phase == .idle { beginHead() }
        headComplete(moreBytes: used < bytes.count)
      case .body(let range, let consumed):
        bodyReceived(UnsafeRawBufferPointer(rebasing: rest[range]))
        used += consumed
      case .end(let consumed):
        used += consumed
        phase = .answering
        server.delegate.requestReceived(self)
      case .failed(let failure):
        if phase == .idle { beginHead() }
        fail(.malformed(failure))
        return bytes.count
      }
    }
  }

  private func beginHead() {
    phase = .receivingHead
    since = loop.now
    requestStart = loop.now
  }

  private func headComplete(moreBytes: Bool) {
    phase = .receivingBody
    since = loop.now
    progress = 0
    response.begin(parser.head, closes: server.isDraining)
    bodyBytesWanted = .max
    guard server.delegate.headReceived(self) else { return }
    if case .length(let length) = parser.head.framing, length > 0 {
      body.reserveCapacity(min(length, ServerConnection.trustedLengthMax))
    }
    // A client that has begun its body does not wait for the permission (RFC 9110 section 10.1.1).
    if parser.head.expectsContinue, !moreBytes, parser.head.framing != .none {
      output.gather(&loop.buffers) { $0.append(contentsOf: ResponseHeadWriter.continueResponse) }
      needTurnEnd()
    }
  }

  private func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
    progressed(bytes.count)
    bodyBytesCounted += bytes.count
    server.bufferedBodyBytes += bytes.count
    guard server.bufferedBodyBytes <= server.options.bufferedBodyBytesMax else { return fail(.overloaded) }
    guard body.count + bytes.count <= bodyBytesWanted else { return fail(.bodyUnwanted) }
    body.append(contentsOf: bytes)
  }

  /// Has the delegate answer a request that cannot be handed on; nothing is read any more.
  private func fail(_ failure: ServerFailure) {
    guard phase != .closed, phase != .closing else { return }
    mustLinger = true
    response.begin(parser.head, closes: true)
    phase = .answering
    server.delegate.requestFailed(self, failure)
  }

  /// The client took too long.
  func timeOut() { fail(.timedOut) }

  /// Turns the client away before it has said anything.
  func refuse(_ failure: ServerFailure) { fail(failure) }

  /// Lets go of the request: its answer is complete.
  func requestDone() {
    server.bufferedBodyBytes -= bodyBytesCounted
    bodyBytesCounted = 0
    owner = .none
    body = []
  }

  // MARK: - Ends

  /// No further request: closes when the answer under way, if any, is out.
  func drain() {
    switch phase {
    case .idle where isWritten: closeInOrder()
    case .idle: closeAfterOutput()
    case .receivingHead, .receivingBody, .answering: response.closes = true
    case .closing, .lingering, .closed: break
    }
  }

  func closeAfterOutput() {
    guard phase != .closed else { return }
    phase = .closing
    since = loop.now
    needTurnEnd()
  }

  /// Cuts the connection: the client sees a reset, not an orderly end.
  package func abort() {
    guard phase != .closed else { return }
    Syscalls.resetOnClose(descriptor)
    close()
  }

  func close() {
    guard phase != .closed else { return }
    phase = .closed
    requestDone()
    output.removeAll(&loop.buffers)
    input = []
    loop.cancel(timer)
    loop.deregister(registration, descriptor)
    Syscalls.closeDescriptor(descriptor)
    server.closed(self)
  }
}
