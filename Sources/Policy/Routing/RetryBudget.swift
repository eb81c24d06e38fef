import Time

/// How many retries one target may still be sent: a share of its requests, and a few in any case.
///
/// Without it every client of a failing server turns into three, just when the server can take the least.
package struct RetryBudget: Equatable, Sendable {
  private var policy: RetryBudgetPolicy?
  private var window: SlidingCounts

  /// - Parameter policy: nil allows every retry.
  package init(_ policy: RetryBudgetPolicy?) {
    self.policy = policy
    window = SlidingCounts(window: policy?.window ?? .seconds(1))
  }

  /// Follows another policy from now on.
  package mutating func follow(_ policy: RetryBudgetPolicy?) {
    guard policy != self.policy else { return }
    self = RetryBudget(policy)
  }

  /// A request has begun that is no retry.
  package mutating func requestStarted(now: Instant) {
    guard policy != nil else { return }
    window.add(events: 1, now: now)
  }

  /// Whether one more retry may be made.
  package mutating func allows(now: Instant) -> Bool {
    guard let policy else { return true }
    let counts = window.counts(now: now)
    return counts.marked < policy.floor + Int(policy.ratio * Double(counts.events))
  }

  /// A retry is being made.
  package mutating func retried(now: Instant) {
    guard policy != nil else { return }
    window.add(events: 0, marked: 1, now: now)
  }
}
