/// Why one attempt at an upstream failed, as far as retrying depends on it. All of these happen before the commit
/// point; after it nothing is retried.
package enum AttemptFailure: Equatable, Sendable {
  /// No connection: name lookup, TCP or TLS failed. The upstream has not seen the request.
  case connect
  /// The connection was lost, or closed without an answer, before the first event.
  case reset
  /// The upstream took the request and said nothing until the first-event limit passed.
  case silent
  /// The upstream answered with an error.
  case answered(UpstreamAnswer)
}

/// What an upstream's error answer says about asking again.
package struct UpstreamAnswer: Equatable, Sendable {
  /// HTTP status.
  package var status: Int
  /// `error.code`, or `error.type` where there is no code; nil when the body is of another shape.
  package var errorCode: String?
  /// What `RetryAfter` read from this very answer; never remembered from an earlier one.
  package var retryAfter: Duration?
  /// `x-should-retry: true` or `false`, which in the OpenAI SDKs overrides the status.
  package var shouldRetry: Bool?

  package init(status: Int, errorCode: String? = nil, retryAfter: Duration? = nil, shouldRetry: Bool? = nil) {
    self.status = status
    self.errorCode = errorCode
    self.retryAfter = retryAfter
    self.shouldRetry = shouldRetry
  }
}

/// Where a request stands when one of its attempts has failed.
package struct RetrySituation: Equatable, Sendable {
  /// What happened to the last attempt.
  package var failure: AttemptFailure
  /// Attempts made so far, the failed one included; at least 1.
  package var attemptsMade: Int
  /// The client's `x-stainless-retry-count`; above 0 its SDK is itself retrying.
  package var clientRetryCount: Int
  /// Whether the plan has another target for this request.
  package var hasOtherTarget: Bool
  /// Until the overall deadline.
  package var timeLeft: Duration

  package init(
    failure: AttemptFailure, attemptsMade: Int, clientRetryCount: Int = 0, hasOtherTarget: Bool = false,
    timeLeft: Duration
  ) {
    self.failure = failure
    self.attemptsMade = attemptsMade
    self.clientRetryCount = clientRetryCount
    self.hasOtherTarget = hasOtherTarget
    self.timeLeft = timeLeft
  }
}

/// Whether a failed attempt is followed by another one, when, and at which target.
package enum RetryDecision: Equatable, Sendable {
  /// Ask again after this wait; at the same target, or at the next one of the plan.
  case retry(after: Duration, sameTarget: Bool)
  /// The failure is final.
  case giveUp

  /// Error codes that no repetition cures: the account behind the upstream's key has no money left.
  package static let finalErrorCodes: Set<String> = [
    "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
  ]

  /// How many attempts a request gets in all: half of the policy's, rounded up, when the client's SDK is retrying
  /// too, because the two would multiply.
  package static func attemptsAllowed(_ policy: RetryPolicy, clientRetryCount: Int) -> Int {
    let attempts = max(1, policy.attempts)
    return clientRetryCount > 0 ? attempts - attempts / 2 : attempts
  }

  /// Decides about the attempt that has just failed.
  /// - Parameter random: chance for the jitter, 0..<1.
  package static func decide(_ policy: RetryPolicy, _ situation: RetrySituation, random: Double) -> RetryDecision {
    guard situation.attemptsMade < attemptsAllowed(policy, clientRetryCount: situation.clientRetryCount),
      situation.timeLeft > .zero
    else { return .giveUp }
    let failOver: RetryDecision = situation.hasOtherTarget ? .retry(after: .zero, sameTarget: false) : .giveUp

    var wait = Backoff(policy).wait(beforeRetry: situation.attemptsMade - 1, random: random)
    switch situation.failure {
    case .connect, .reset: break
    // It has the request and may still be working on it: asking again doubles its load and rarely helps.
    case .silent: return failOver
    case .answered(let answer):
      guard isRetryable(answer, policy) else { return .giveUp }
      if let asked = answer.retryAfter {
        if asked > policy.retryAfterMax { return failOver }
        wait = max(wait, asked)
      }
    }
    // A wait that ends at the deadline leaves no time for the attempt after it.
    return wait < situation.timeLeft ? .retry(after: wait, sameTarget: true) : failOver
  }

  private static func isRetryable(_ answer: UpstreamAnswer, _ policy: RetryPolicy) -> Bool {
    if let code = answer.errorCode, finalErrorCodes.contains(code) { return false }
    return answer.shouldRetry ?? policy.statuses.contains(answer.status)
  }
}
