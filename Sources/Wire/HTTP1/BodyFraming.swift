/// How the end of a request's body is found (RFC 9112 section 6.3).
package enum BodyFraming: Equatable, Sendable {
  /// Neither `Content-Length` nor `Transfer-Encoding`: there is no body.
  case none
  /// A body of exactly this many bytes; 0 when the client said so itself.
  case length(Int)
  /// A body in the chunked coding, see ``ChunkedDecoder``.
  case chunked
}
