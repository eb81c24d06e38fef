/// How the client finds the end of a response's body (RFC 9112 section 6.3).
package enum ResponseFraming: Equatable, Sendable {
  /// A status without a body (1xx, 204, 304): no framing field at all.
  case none
  /// `Content-Length`; also in answers to HEAD, where it is the length that GET would have had.
  case length(Int)
  /// `Transfer-Encoding: chunked`, for HTTP/1.1 clients only; see ``ChunkWriter``.
  case chunked
  /// The body ends when the connection closes: streams to HTTP/1.0 clients.
  case untilClose
}
