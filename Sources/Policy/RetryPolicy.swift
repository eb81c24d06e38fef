/// How often, when and after what an upstream is asked again.
///
/// The waits are those of the OpenAI SDKs: `min(initial · factor^n, max)`, shortened at random by up to `jitter`.
package struct RetryPolicy: Equatable, Sendable {
  /// Attempts in all, the first one included; at least 1.
  package var attempts: Int
  /// The wait before the first retry.
  package var initial: Duration
  /// Growth of the wait from one retry to the next.
  package var factor: Double
  /// The longest wait of our own making.
  package var max: Duration
  /// Share of a wait that chance may take away, 0...1: 0.25 leaves 75 % to 100 % of it.
  package var jitter: Double
  /// The longest wait an upstream may ask for (`retry-after`); beyond it the attempt counts as final.
  package var retryAfterMax: Duration
  /// Upstream statuses that are asked again.
  package var statuses: Set<Int>

  package init(
    attempts: Int = 3, initial: Duration = .milliseconds(500), factor: Double = 2, max: Duration = .seconds(8),
    jitter: Double = 0.25, retryAfterMax: Duration = .seconds(60),
    statuses: Set<Int> = [408, 409, 425, 429, 500, 502, 503, 504, 529]
  ) {
    self.attempts = attempts
    self.initial = initial
    self.factor = factor
    self.max = max
    self.jitter = jitter
    self.retryAfterMax = retryAfterMax
    self.statuses = statuses
  }
}
