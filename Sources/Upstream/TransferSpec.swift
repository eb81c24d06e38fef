/// One request to an upstream.
package struct TransferSpec: Sendable {
  /// Which protocol version is spoken.
  package enum HTTPVersion: Sendable {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    case automatic
    case http1
    /// HTTP/2 from the first byte, also without TLS ("prior knowledge").
    case http2
  }

  package var method: String
  package var origin: Origin
  /// Path and query behind the origin's base path, as they go into the request line.
  package var target: String
  package var headers: HeaderLines
  /// `nil`: no body at all.
  package var body: [UInt8]?
  package var connectTimeout: Duration
  package var version: HTTPVersion
  /// Bytes of libcurl's receive buffer, where libcurl is used.
  package var receiveBufferBytes: Int

  package init(
    method: String, origin: Origin, target: String, headers: HeaderLines, body: [UInt8]?, connectTimeout: Duration,
    version: HTTPVersion = .automatic, receiveBufferBytes: Int = 16 * 1024
  ) {
    self.method = method
    self.origin = origin
    self.target = target
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.version = version
    self.receiveBufferBytes = receiveBufferBytes
  }
}
