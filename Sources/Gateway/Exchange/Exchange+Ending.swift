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
    case .inBand(let failure): sendInBand(connection, ErrorBody(failure))
    }
  }

  private func sendWhole(_ connection: ServerConnection) {
    if connection.hasBegun {
      connection.finish()
    } else if mode == .hold {
      AnswerHead.respond(self, connection, status: head.status, body: kept, isFinal: false)
    } else {
      AnswerHead.begin(self, connection)
      connection.finish()
    }
  }

  private func sendUpstreamError(_ connection: ServerConnection) {
    guard !connection.hasBegun else {
      let error = BlockingPeek.read(kept)?.error
      let message = error?.message ?? "The upstream answered \(head.status)."
      // What the upstream called its error is what the client's SDK knows it by.
      let body = ErrorBody(
        message: message, type: error?.type ?? ErrorType.server.rawValue, param: error?.param,
        code: error?.code ?? ErrorCode.upstreamError.rawValue)
      return sendInBand(connection, body)
    }
    AnswerHead.respond(
      self, connection, status: head.status, body: kept, isFinal: head.status >= 400 && !leavesRetriesToClient)
  }

  /// Whether the configuration leaves repeating to the client's SDK.
  var leavesRetriesToClient: Bool { target.retry.attempts <= 1 && plan.stops.count == 1 }

  /// A stopped stream ends as its protocol wants; a stopped blocking call has no answer to give.
  private func sendStopped(_ connection: ServerConnection) {
    let isStream = connection.hasBegun ? sendsEvents : request.wantsStream && tap.isKnownProtocol
    guard isStream else {
      return connection.hasBegun ? connection.cut() : AnswerHead.fail(self, connection, Failure(.requestStopped))
    }
    if !connection.hasBegun { AnswerHead.begin(self, connection) }
    guard relay.isAtBoundary else { return connection.cut() }
    // What the upstream had sent before the first event that counts is still held.
    if !kept.isEmpty, mode == .events { connection.write(kept) }
    connection.write(tap.stopEnding(id: id, model: request.model, createdAt: createdAt))
    connection.finish()
  }

  private func sendInBand(_ connection: ServerConnection, _ error: ErrorBody) {
    guard sendsEvents, relay.isAtBoundary else { return connection.cut() }
    connection.write(tap.failedEnding(error, id: id, model: request.model, createdAt: createdAt))
    connection.finish()
  }
}
