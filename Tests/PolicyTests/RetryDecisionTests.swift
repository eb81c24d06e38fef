import Policy
import Testing

struct RetryDecisionTests {
  /// The decision of the default policy, without jitter, unless said otherwise.
  private func decide(
    _ failure: AttemptFailure, policy: RetryPolicy = RetryPolicy(), made: Int = 1, clientRetries: Int = 0,
    offers: RetryOffers = RetryOffers(), timeLeft: Duration = .seconds(600)
  ) -> RetryDecision {
    let situation = RetrySituation(
      failure: failure, attemptsMade: made, clientRetryCount: clientRetries, offers: offers, timeLeft: timeLeft)
    return .decide(policy, situation, random: 0)
  }

  private let fresh = RetryOffers(freshTarget: true)

  private func status(_ status: Int, code: String? = nil, after: Duration? = nil, should: Bool? = nil) -> AttemptFailure
  {
    .answered(UpstreamAnswer(status: status, errorCode: code, retryAfter: after, shouldRetry: should))
  }

  @Test(arguments: [AttemptFailure.connect, .reset])
  func `a failed connection is tried again after the backoff`(failure: AttemptFailure) {
    #expect(decide(failure) == .retry(after: .milliseconds(500), at: .sameTarget))
    #expect(decide(failure, made: 2) == .retry(after: .seconds(1), at: .sameTarget))
  }

  @Test func `three attempts are all`() {
    #expect(decide(.reset, made: 3) == .giveUp)
    #expect(decide(.reset, made: 4) == .giveUp)
  }

  @Test(arguments: [408, 409, 425, 429, 500, 502, 503, 504, 529])
  func `statuses that pass are asked again`(code: Int) {
    #expect(decide(status(code)) == .retry(after: .milliseconds(500), at: .sameTarget))
  }

  @Test(arguments: [400, 401, 402, 403, 404, 405, 413, 415, 422, 424, 431, 501, 505])
  func `statuses that stay are final`(code: Int) {
    #expect(decide(status(code), offers: fresh) == .giveUp)
  }

  @Test(arguments: [
    "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
  ])
  func `an empty account is never asked again`(code: String) {
    #expect(decide(status(429, code: code)) == .giveUp)
    #expect(decide(status(429, code: code, after: .seconds(1), should: true)) == .giveUp)
    #expect(decide(status(429, code: "rate_limit_exceeded")) != .giveUp)
  }

  @Test func `an upstream's own word on retrying overrides its status`() {
    #expect(decide(status(500, should: false)) == .giveUp)
    #expect(decide(status(400, should: true)) == .retry(after: .milliseconds(500), at: .sameTarget))
  }

  @Test func `a wait is never shorter than retry-after, nor than the backoff`() {
    #expect(decide(status(429, after: .seconds(7))) == .retry(after: .seconds(7), at: .sameTarget))
    #expect(decide(status(429, after: .seconds(60))) == .retry(after: .seconds(60), at: .sameTarget))
    #expect(decide(status(429, after: .milliseconds(1))) == .retry(after: .milliseconds(500), at: .sameTarget))
  }

  @Test func `retry-after is that of the last answer, not of an earlier one`() {
    #expect(decide(status(429, after: .seconds(7)), made: 1) == .retry(after: .seconds(7), at: .sameTarget))
    #expect(decide(status(429), made: 2) == .retry(after: .seconds(1), at: .sameTarget))
  }

  @Test func `a longer retry-after than the policy allows goes to another target or ends it`() {
    #expect(decide(status(429, after: .seconds(61))) == .giveUp)
    #expect(decide(status(429, after: .seconds(61)), offers: fresh) == .retry(after: .zero, at: .otherTarget))
  }

  @Test func `a silent upstream is not asked again`() {
    #expect(decide(.silent) == .giveUp)
    #expect(decide(.silent, offers: fresh) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(.silent, made: 3, offers: fresh) == .retry(after: .zero, at: .otherTarget))
  }

  @Test func `no wait reaches the deadline`() {
    #expect(decide(status(503, after: .seconds(5)), timeLeft: .seconds(5)) == .giveUp)
    #expect(decide(status(503, after: .seconds(5)), timeLeft: .seconds(6)) != .giveUp)
    #expect(decide(.connect, timeLeft: .milliseconds(500)) == .giveUp)
    #expect(decide(.silent, offers: fresh, timeLeft: .zero) == .giveUp)
  }

  @Test(arguments: [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (0, 1)])
  func `an SDK that is itself retrying gets half the attempts, rounded up`(attempts: Int, halved: Int) {
    let policy = RetryPolicy(attempts: attempts)
    #expect(RetryDecision.attemptsAllowed(policy, clientRetryCount: 0) == max(1, attempts))
    #expect(RetryDecision.attemptsAllowed(policy, clientRetryCount: 1) == halved)
    #expect(decide(.reset, policy: policy, made: halved, clientRetries: 2) == .giveUp)
  }

  @Test func `jitter shortens the backoff but not retry-after`() {
    let answered = RetrySituation(failure: status(429, after: .seconds(3)), attemptsMade: 1, timeLeft: .seconds(600))
    let reset = RetrySituation(failure: .reset, attemptsMade: 1, timeLeft: .seconds(600))
    #expect(RetryDecision.decide(RetryPolicy(), answered, random: 0.9) == .retry(after: .seconds(3), at: .sameTarget))
    guard case .retry(let wait, at: .sameTarget) = RetryDecision.decide(RetryPolicy(), reset, random: 0.5) else {
      Issue.record("a reset connection was not tried again")
      return
    }
    #expect((Duration.milliseconds(437)...Duration.milliseconds(438)).contains(wait))
  }

  // MARK: - Other targets and keys

  @Test(arguments: [AttemptFailure.connect, .reset, .silent])
  func `another target is asked at once, however often this one may still be`(failure: AttemptFailure) {
    #expect(decide(failure, offers: fresh) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(failure, policy: RetryPolicy(attempts: 1), offers: fresh) == .retry(after: .zero, at: .otherTarget))
  }

  @Test func `a request makes no more attempts than the cap, whatever is on offer`() {
    #expect(decide(.reset, made: Limits.attemptsMax - 1, offers: fresh) != .giveUp)
    #expect(decide(.reset, made: Limits.attemptsMax, offers: fresh) == .giveUp)
  }

  @Test func `a broken target is asked last: after a wait for one that is not`() {
    let lastResort = RetryOffers(lastResort: true)
    #expect(decide(.reset, offers: lastResort) == .retry(after: .milliseconds(500), at: .sameTarget))
    #expect(decide(.reset, made: 3, offers: lastResort) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(.silent, offers: lastResort) == .retry(after: .zero, at: .otherTarget))
    let allBroken = RetryOffers(lastResort: true, isHealthy: false)
    #expect(decide(.reset, offers: allBroken) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(.reset, offers: RetryOffers(isHealthy: false)) == .retry(after: .milliseconds(500), at: .sameTarget))
  }

  @Test func `without a budget the same target is not asked again, but another one is`() {
    #expect(decide(.reset, offers: RetryOffers(isAffordable: false)) == .giveUp)
    let other = RetryOffers(freshTarget: true, isAffordable: false)
    #expect(decide(.reset, offers: other) == .retry(after: .zero, at: .otherTarget))
  }

  @Test(arguments: [429, 401, 402])
  func `a key that failed is replaced at once`(code: Int) {
    let offers = RetryOffers(otherKey: true, freshTarget: true)
    let failure = AttemptFailure.answered(UpstreamAnswer(status: code, retryAfter: .seconds(7), usedOwnKey: true))
    #expect(decide(failure, offers: offers) == .retry(after: .zero, at: .otherKey))
    #expect(decide(failure, offers: fresh) == .retry(after: .zero, at: .otherTarget))
  }

  @Test func `when every key failed, the one that is back soonest is waited for`() {
    let refused = AttemptFailure.answered(UpstreamAnswer(status: 401, usedOwnKey: true))
    #expect(
      decide(refused, offers: RetryOffers(keyFreeIn: .seconds(7))) == .retry(after: .seconds(7), at: .sameTarget))
    #expect(decide(refused, offers: RetryOffers(keyFreeIn: .seconds(300))) == .giveUp)
    let limited = AttemptFailure.answered(UpstreamAnswer(status: 429, retryAfter: .seconds(50), usedOwnKey: true))
    #expect(
      decide(limited, offers: RetryOffers(keyFreeIn: .seconds(3))) == .retry(after: .seconds(3), at: .sameTarget))
  }

  @Test func `another key does not help against a broken server`() {
    let offers = RetryOffers(otherKey: true)
    let failure = AttemptFailure.answered(UpstreamAnswer(status: 500, usedOwnKey: true))
    #expect(decide(failure, offers: offers) == .retry(after: .milliseconds(500), at: .sameTarget))
    #expect(decide(.reset, offers: offers) == .retry(after: .milliseconds(500), at: .sameTarget))
  }

  @Test(arguments: [401, 402, 403])
  func `what is wrong with the gateway's key may be right elsewhere, what is wrong with the client's is not`(code: Int)
  {
    let own = AttemptFailure.answered(UpstreamAnswer(status: code, usedOwnKey: true))
    #expect(decide(own, offers: fresh) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(own) == .giveUp)
    #expect(decide(status(code), offers: fresh) == .giveUp)
  }

  @Test func `a refusal goes where the plan has somebody for it`() {
    let refused = AttemptFailure.answered(UpstreamAnswer(status: 400, refusal: .contextLength))
    #expect(decide(refused, offers: fresh) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(refused) == .giveUp)
  }

  @Test func `an upstream that will not be asked again says nothing about others`() {
    #expect(decide(status(502, should: false), offers: fresh) == .retry(after: .zero, at: .otherTarget))
    #expect(decide(status(400, should: false), offers: fresh) == .giveUp)
  }
}
