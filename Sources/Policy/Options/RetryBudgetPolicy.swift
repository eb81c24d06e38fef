/// How many retries the gateway may add to the load of one target, so that they never make an outage worse.
///
/// Going on to another target is no retry, and free.
package struct RetryBudgetPolicy: Equatable, Sendable {
  /// Retries per request to the target within the window, 0...1.
  package var ratio: Double
  /// How far back requests and retries count.
  package var window: Duration
  /// Retries per window that are allowed in any case, for gateways with few requests.
  package var floor: Int

  package init(ratio: Double = 0.2, window: Duration = .seconds(10), floor: Int = 10) {
    self.ratio = ratio
    self.window = window
    self.floor = floor
  }
}
