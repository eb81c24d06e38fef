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

  package init(
    bodyBytesMax: Int = 32 << 20, headBytesMax: Int = 32 << 10, headersMax: Int = 100, connectionsMax: Int = 16_384
  ) {
    self.bodyBytesMax = bodyBytesMax
    self.headBytesMax = headBytesMax
    self.headersMax = headersMax
    self.connectionsMax = connectionsMax
  }
}
