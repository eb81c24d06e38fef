import Policy

/// Bounds on what clients may send; beyond them a request is refused.
package struct LimitOptions: Equatable, Sendable {
  /// Largest request body after decompression, in bytes; larger ones are answered 413.
  package var bodyBytesMax: Int
  /// Largest request head (request line and headers), in bytes; larger ones are answered 431.
  package var headBytesMax: Int
  /// Most header fields in a request; more are answered 431.
  package var headersMax: Int
  /// Most client connections at once, for the whole process.
  package var connectionsMax: Int
  /// Most client connections from one address at once; `nil` for any number.
  package var connectionsPerAddressMax: Int?
  /// Most client connections that wait for a request; beyond them the one that has waited longest is closed.
  package var idleConnectionsMax: Int

  package init(
    bodyBytesMax: Int = Limits.requestBodyBytesMax, headBytesMax: Int = Limits.headBytesMax,
    headersMax: Int = Limits.headersMax, connectionsMax: Int = Limits.connectionsMax,
    connectionsPerAddressMax: Int? = nil, idleConnectionsMax: Int = Limits.idleConnectionsMax
  ) {
    self.bodyBytesMax = bodyBytesMax
    self.headBytesMax = headBytesMax
    self.headersMax = headersMax
    self.connectionsMax = connectionsMax
    self.connectionsPerAddressMax = connectionsPerAddressMax
    self.idleConnectionsMax = idleConnectionsMax
  }
}
