/// One request to an upstream. A class, because it is handed on and large.
package final class TransferSpec: Sendable {
  /// Which protocol version is spoken.
  package enum HTTPVersion: Sendable {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    case automatic
    case http1
    /// HTTP/2 from the first byte, also without TLS ("prior knowledge").
    case http2
  }

  package let method: String
  package let origin: Origin
  /// Path and query behind the origin's base path, as they go into the request line.
  package let target: String
  package let headers: HeaderLines
  /// `nil`: no body at all.
  package let body: [UInt8]?
  package let connectTimeout: Duration
  package let version: HTTPVersion
  /// Bytes of libcurl's receive buffer, where libcurl is used.
  package let receiveBufferBytes: Int

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
