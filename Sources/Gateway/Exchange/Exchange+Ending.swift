import Dialects
import HTTPServer
import Policy
import Reactor
import Telemetry
import Upstream
import Wire

/// The one end of a request: towards the upstream, the client, and the books.
extension Exchange {
  func finish(_ end: ExchangeEnd) {
    switch end.reason {
    case .clientLeft, .stopped, .drained: if end.cancelsTransfer { report(.cancelled) }
    case .completed, .rejected, .upstreamFailed, .upstreamError, .deadline, .gatewayFailed: break
    }
    if end.cancelsTransfer {
      cancelAttempt()
    } else if transfer != .none {
      // The answer is whole; what is left of the transfer only frees its connection for reuse.
      gateway.client.detach(transfer)
      transfer = .none
    }
    demo?.cancel()
    demo = nil
    close(.unknown)
    leaveAll()
    switch end.client {
    case .failure(let failure), .inBand(let failure): self.failure = failure
    case .nothing, .whole, .upstreamAnswer, .stopped: break
    }
    if let connection { tell(connection, end.client) }
    connection = nil
    if let turn { settle(turn, end.client) }
    gateway.loop.cancel(clock.timer)
    gateway.ended(self, end.reason)
  }

  private func tell(_ connection: ServerConnection, _ ending: ClientEnding) {
    switch ending {
    case .nothing: break
    case .whole: sendWhole(connection)
    case .upstreamAnswer: sendUpstreamError(connection)
    case .failure(let failure): AnswerHead.fail(self, connection, failure)
    case .stopped: sendStopped(connection)
    case .inBand(let failure): sendInBand(connection, ErrorBody(failure), status: failure.status)
    }
  }

  private func sendWhole(_ connection: ServerConnection) {
    let isAggregate = editor?.aggregate != nil && mode == .events
    if connection.hasBegun {
      if sendsSpace, mode == .hold || isAggregate { sendLate(connection, kept) } else { connection.finish() }
    } else if isAggregate {
      AnswerHead.respondAggregate(self, connection, body: kept)
    } else if mode == .hold {
      AnswerHead.respond(self, connection, status: head.status, body: kept, isFinal: false)
    } else {
      AnswerHead.begin(self, connection)
      connection.finish()
    }
  }

  private func sendUpstreamError(_ connection: ServerConnection) {
    guard !connection.hasBegun else { return sendInBand(connection, keptError, status: head.status) }
    AnswerHead.respond(
      self, connection, status: head.status, body: kept, isFinal: head.status >= 400 && !leavesRetriesToClient)
  }

  /// The upstream's own error answer, for a client that cannot be sent it as it is. What the upstream called its
  /// error is what the client's SDK knows it by.
  var keptError: ErrorBody {
    ErrorBody(
      BlockingPeek.read(kept)?.error, orElse: "The upstream answered \(head.status).", code: .upstreamError)
  }

  /// Whether the configuration leaves repeating to the client's SDK.
  var leavesRetriesToClient: Bool { target.retry.attempts <= 1 && plan.stops.count == 1 }

  /// A stopped stream ends as its protocol wants; a stopped blocking call has no answer to give, unless it was being
  /// put together here.
  private func sendStopped(_ connection: ServerConnection) {
    if let aggregate = editor?.aggregate, !aggregate.isEmpty {
      return sendPart(connection, aggregate)
    }
    let isStream = connection.hasBegun ? sendsEvents : request.wantsStream && request.isKnownProtocol
    guard isStream else {
      let failure = Failure(.requestStopped)
      guard connection.hasBegun else { return AnswerHead.fail(self, connection, failure) }
      return sendInBand(connection, ErrorBody(failure), status: failure.status)
    }
    if !connection.hasBegun { AnswerHead.begin(self, connection) }
    guard relay.isAtBoundary else { return connection.cut() }
    // What the upstream had sent before the first event that counts is still held.
    if !kept.isEmpty, mode == .events { connection.write(kept) }
    let ending =
      translatedEnding(.stopped) ?? tap.stopEnding(id: id, model: request.model, createdAt: createdAt)
    if turn != nil { stoppedAnswer = StoredAnswer.response(endedBy: ending) }
    connection.write(ending)
    connection.finish()
  }

  /// The part of the answer that a stopped blocking call has got so far.
  private func sendPart(_ connection: ServerConnection, _ aggregate: AnswerAggregate) {
    var part = aggregate.answer(isStopped: true, requestID: id, model: request.model, createdAt: createdAt)
    if let translated = translated(part, as: tap.isComplete ? upstreamEnding : .stopped) {
      part = translated
      stoppedAnswer = translated
    }
    guard connection.hasBegun else { return AnswerHead.respondAggregate(self, connection, body: part) }
    sendLate(connection, part)
  }

  /// The whole body of an answer in front of which white space has gone out.
  private func sendLate(_ connection: ServerConnection, _ body: [UInt8]) {
    bytesSent += body.count
    connection.write(body)
    connection.finish()
  }

  private func sendInBand(_ connection: ServerConnection, _ error: ErrorBody, status: Int) {
    // Nothing but white space has gone out: there is room for the error, and the mark that it is one.
    if sendsSpace, bytesSent == 0 { return sendLate(connection, error.lateJSON(status: status)) }
    guard sendsEvents, relay.isAtBoundary else { return connection.cut() }
    connection.write(
      translatedEnding(.failed(error))
        ?? tap.failedEnding(error, id: id, model: request.model, createdAt: createdAt))
    connection.finish()
  }
}
