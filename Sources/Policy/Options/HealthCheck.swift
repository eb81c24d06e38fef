/// How an upstream is asked whether it is well while no request tells.
package struct HealthCheck: Equatable, Sendable {
  /// Path below the upstream's base URL, with its leading `/`; any answer below 400 is a good one.
  package var path: String
  /// From one check to the next.
  package var interval: Duration
  /// Until the answer's head is there.
  package var timeout: Duration

  package init(path: String = "/models", interval: Duration = .seconds(10), timeout: Duration = .seconds(5)) {
    self.path = path
    self.interval = interval
    self.timeout = timeout
  }
}
