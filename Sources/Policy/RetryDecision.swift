/// Whether a failed attempt is followed by another one, when, and where.
///
/// Another target is better than the same one again: it is asked at once, and the one that failed is spared. Only where
/// there is no other the same one is asked again, after a wait, as often as its policy and its retry budget allow.
package enum RetryDecision: Equatable, Sendable {
  /// Ask again after this wait.
  case retry(after: Duration, at: RetryPlace)
  /// The failure is final.
  case giveUp

  /// How many attempts one target gets from one request: half of the policy's, rounded up, when the client's SDK is
  /// retrying too, because the two would multiply.
  package static func attemptsAllowed(_ policy: RetryPolicy, clientRetryCount: Int) -> Int {
    let attempts = max(1, policy.attempts)
    return clientRetryCount > 0 ? attempts - attempts / 2 : attempts
  }

  /// Decides about the attempt that has just failed.
  /// - Parameters:
  ///   - policy: that of the target that failed.
  ///   - random: chance for the jitter, 0..<1.
  package static func decide(_ policy: RetryPolicy, _ situation: RetrySituation, random: Double) -> RetryDecision {
    guard situation.timeLeft > .zero, Limits.attemptsMax > situation.attemptsMade else { return .giveUp }
    let offers = situation.offers
    let remedy = situation.failure.remedy(policy)
    if remedy == .nothing { return .giveUp }
    if offers.otherKey, situation.failure.keyFailure != nil { return .retry(after: .zero, at: .otherKey) }
    if offers.freshTarget { return .retry(after: .zero, at: .otherTarget) }
    let wait = wait(remedy, policy, situation, random: random)
    // A target known to be broken is asked only when there is nothing better to do: not even to wait.
    if offers.lastResort, wait == nil || !offers.isHealthy { return .retry(after: .zero, at: .otherTarget) }
    return wait.map { .retry(after: $0, at: .sameTarget) } ?? .giveUp
  }

  /// The wait before the same target is asked again; nil when it must not be.
  private static func wait(
    _ remedy: AttemptFailure.Remedy, _ policy: RetryPolicy, _ situation: RetrySituation, random: Double
  ) -> Duration? {
    guard situation.offers.isAffordable,
      situation.attemptsHere < attemptsAllowed(policy, clientRetryCount: situation.clientRetryCount)
    else { return nil }
    var asked = situation.offers.keyFreeIn
    switch remedy {
    case .nothing: return nil
    case .otherTarget: if asked == nil { return nil }
    case .asking(let retryAfter): asked = asked ?? retryAfter
    }
    let own = Backoff(policy).wait(beforeRetry: situation.attemptsHere - 1, random: random)
    if let asked, asked > policy.retryAfterMax { return nil }
    let wait = max(own, asked ?? .zero)
    // A wait that ends at the deadline leaves no time for the attempt after it.
    return wait < situation.timeLeft ? wait : nil
  }
}

/// Where a request stands when one of its attempts has failed.
package struct RetrySituation: Equatable, Sendable {
  /// What happened to the last attempt.
  package var failure: AttemptFailure
  /// Attempts made so far, everywhere, the failed one included; at least 1.
  package var attemptsMade: Int
  /// Those among them at the target that failed, with whichever key; at least 1.
  package var attemptsHere: Int
  /// The client's `x-stainless-retry-count`; above 0 its SDK is itself retrying.
  package var clientRetryCount: Int
  /// Where else the request could go.
  package var offers: RetryOffers
  /// Until the overall deadline.
  package var timeLeft: Duration

  package init(
    failure: AttemptFailure, attemptsMade: Int, attemptsHere: Int? = nil, clientRetryCount: Int = 0,
    offers: RetryOffers = RetryOffers(), timeLeft: Duration
  ) {
    self.failure = failure
    self.attemptsMade = attemptsMade
    self.attemptsHere = attemptsHere ?? attemptsMade
    self.clientRetryCount = clientRetryCount
    self.offers = offers
    self.timeLeft = timeLeft
  }
}
