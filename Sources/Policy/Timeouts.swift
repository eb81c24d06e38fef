/// The time limits of one request, each measured by the exchange that owns the request.
///
/// Defaults follow what the OpenAI SDKs wait themselves (600 s for a whole call), so that a caller behind Sluice never
/// waits longer than it would without it.
package struct Timeouts: Equatable, Sendable {
  /// Until the upstream's TCP and TLS handshakes are done, per attempt.
  package var connect: Duration
  /// From the start of an attempt to the first event, where a stream was asked for. A blocking answer's first byte
  /// comes when all of it is done, so only `total` limits it.
  package var firstEvent: Duration
  /// Longest silence between two events of a stream; comments do not count as events.
  package var idle: Duration
  /// The overall deadline: queueing, waiting between attempts and every attempt together. For a stream it ends at the
  /// commit (a long answer is not a late one); for a blocking call it covers the whole answer.
  package var total: Duration

  package init(
    connect: Duration = .seconds(10), firstEvent: Duration = .seconds(120), idle: Duration = .seconds(120),
    total: Duration = .seconds(600)
  ) {
    self.connect = connect
    self.firstEvent = firstEvent
    self.idle = idle
    self.total = total
  }
}
