import Policy

/// How long the gateway waits for its clients, and what a half-closed connection means.
package struct ClientOptions: Equatable, Sendable {
  /// What it means that a client has closed its sending side while it waits for an answer.
  package enum HalfClose: String, CaseIterable, Sendable {
    /// The client has left: its request is cancelled. What nearly every client means by it.
    case cancel
    /// The client still reads: its request is served to the end.
    case serve
  }

  /// From the first byte of a request to the end of its head.
  package var headerTimeout: Duration
  /// Longest pause between two reads of a request body.
  package var bodyTimeout: Duration
  /// How long a connection without a request is kept open.
  package var idleTimeout: Duration
  /// What a half-closed connection means.
  package var halfClose: HalfClose

  package init(
    headerTimeout: Duration = Limits.clientHeaderTimeout, bodyTimeout: Duration = Limits.clientBodyTimeout,
    idleTimeout: Duration = Limits.clientIdleTimeout, halfClose: HalfClose = .cancel
  ) {
    self.headerTimeout = headerTimeout
    self.bodyTimeout = bodyTimeout
    self.idleTimeout = idleTimeout
    self.halfClose = halfClose
  }
}
