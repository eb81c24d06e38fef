/// What the driver of an exchange is to do next.
package enum ExchangeAction: Equatable, Sendable {
  /// Nothing.
  case none
  /// Choose a target and start an attempt, then report `attemptStarted`.
  case plan
  /// Report `waitElapsed` after this long.
  case wait(Duration)
  /// Send the response head and everything held back to the client.
  case commit
  /// The request is over. The driver does what `ExchangeEnd` says and touches the exchange no more.
  case end(ExchangeEnd)
}

/// How a request ends, as orders to its driver.
package struct ExchangeEnd: Equatable, Sendable {
  /// What goes to the log, the metrics and whoever asks for the request later.
  package var reason: EndReason
  /// What the client gets.
  package var client: ClientEnding
  /// Whether a transfer is still running and must be cancelled: the upstream stops working for nobody.
  package var cancelsTransfer: Bool

  package init(_ reason: EndReason, _ client: ClientEnding, cancelsTransfer: Bool) {
    self.reason = reason
    self.client = client
    self.cancelsTransfer = cancelsTransfer
  }
}

/// The last thing a client sees of its request.
package enum ClientEnding: Equatable, Sendable {
  /// Nothing: it has gone.
  case nothing
  /// The end of the body that is being relayed.
  case whole
  /// The upstream's own error answer, which the driver holds.
  case upstreamAnswer
  /// An error answer with its own status: nothing has been sent so far.
  case failure(Failure)
  /// The proper last events of a stopped stream.
  case stopped
  /// An error event inside a stream that has begun; a body that is no stream is cut off instead.
  case inBand(Failure)
}

/// The target of an attempt that has just failed, as far as what follows depends on it.
package struct FailedTarget: Equatable, Sendable {
  /// The target's retries.
  package var policy: RetryPolicy
  /// Attempts of this request there, not counting those that only changed the key; at least 1.
  package var attempts: Int
  /// Where else the request could go.
  package var offers: RetryOffers

  package init(policy: RetryPolicy = RetryPolicy(), attempts: Int = 1, offers: RetryOffers = RetryOffers()) {
    self.policy = policy
    self.attempts = attempts
    self.offers = offers
  }
}
