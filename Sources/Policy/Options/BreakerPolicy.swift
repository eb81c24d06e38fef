/// When a target counts as broken and is left alone, and how soon it is tried again.
///
/// It opens after `consecutiveFailures` in a row, or when `errorRatio` of at least `minimumRequests` attempts within
/// `window` failed. While it is open one attempt at a time is let through as a probe: after `openFor`, then after twice
/// the time for each probe that fails, up to `openMax`.
package struct BreakerPolicy: Equatable, Sendable {
  /// Whether there is a breaker at all.
  package var isEnabled: Bool
  /// Share of failed attempts that opens it, above 0 up to 1.
  package var errorRatio: Double
  /// Attempts within the window below which the ratio says nothing; at least 1.
  package var minimumRequests: Int
  /// Failures in a row that open it; at least 1.
  package var consecutiveFailures: Int
  /// How far back attempts count.
  package var window: Duration
  /// The time without attempts after it has opened.
  package var openFor: Duration
  /// The longest time without a probe. Traffic is back within this time of the target's recovery.
  package var openMax: Duration

  package init(
    isEnabled: Bool = true, errorRatio: Double = 0.5, minimumRequests: Int = 10, consecutiveFailures: Int = 5,
    window: Duration = .seconds(30), openFor: Duration = .seconds(2), openMax: Duration = .seconds(7)
  ) {
    self.isEnabled = isEnabled
    self.errorRatio = errorRatio
    self.minimumRequests = minimumRequests
    self.consecutiveFailures = consecutiveFailures
    self.window = window
    self.openFor = openFor
    self.openMax = openMax
  }
}
