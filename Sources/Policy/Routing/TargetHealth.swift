import Time

/// What is known about one target: an upstream and its name for a model.
package struct TargetHealth: Equatable, Sendable {
  /// What identifies a target for as long as the process lives, across reloads.
  package struct Name: Hashable, Sendable {
    package var upstream: String
    /// The upstream's name for the model; a pattern where a wildcard leads there.
    package var model: String

    package init(upstream: String, model: String) {
      self.upstream = upstream
      self.model = model
    }
  }

  package let name: Name
  package internal(set) var breaker: Breaker
  /// Running attempts.
  package internal(set) var inFlight = 0
  /// Until when the target has asked to be left alone.
  package internal(set) var benchedUntil: Instant?
  var budget: RetryBudget
  /// Of streams, whose first event comes early, and of blocking answers, which come when all is done.
  var streamAverage = FirstEventAverage()
  var blockingAverage = FirstEventAverage()

  init(_ name: Name, breaker: BreakerPolicy, budget: RetryBudgetPolicy?) {
    self.name = name
    self.breaker = Breaker(breaker)
    self.budget = RetryBudget(budget)
  }

  /// Begins an attempt.
  ///
  /// - Parameter isRepeat: whether the request has been here before.
  /// - Returns: whether it probes a broken target, and under which epoch of the breaker it runs.
  mutating func attemptStarted(isRepeat: Bool, now: Instant) -> (isProbe: Bool, epoch: Int) {
    let permit = breaker.permit(now: now, random: 0)
    breaker.attemptStarted(permit, now: now)
    inFlight += 1
    if isRepeat { budget.retried(now: now) } else { budget.requestStarted(now: now) }
    return (permit == .probe, breaker.epoch)
  }

  /// Whether the target has asked to be left alone.
  package func isBenched(now: Instant) -> Bool {
    benchedUntil.map { now < $0 } ?? false
  }

  /// What one more request would have to wait for its first event, as far as can be told: the average, times the
  /// requests that would then run. 0 for a target that nobody has asked lately, so that somebody does.
  func cost(isStream: Bool, now: Instant) -> Double {
    let average = (isStream ? streamAverage : blockingAverage).estimate(now: now)
    return (average ?? 0) * Double(inFlight + 1)
  }
}
