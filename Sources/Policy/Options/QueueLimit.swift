/// How many requests run at once in one place (the gateway, an upstream, a model), and how the others wait for it.
package struct QueueLimit: Equatable, Sendable {
  /// Requests that run at once; at least 1.
  package var concurrency: Int
  /// Requests that wait for a place, first come, first served; beyond them 429 `queue_full`.
  package var queue: Int
  /// The longest wait, which also counts against the total deadline; beyond it 429.
  package var wait: Duration

  package init(concurrency: Int, queue: Int = 100, wait: Duration = .seconds(30)) {
    self.concurrency = concurrency
    self.queue = queue
    self.wait = wait
  }
}
