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
  /// Further fields, behind `headers`: what all requests to an upstream share is not copied for each of them.
  package let shared: HeaderLines
  /// The value of `X-Request-Id`; empty: no such field.
  package let requestID: [UInt8]
  /// `nil`: no body at all.
  package let body: [UInt8]?
  package let connectTimeout: Duration
  package let version: HTTPVersion
  /// Bytes of libcurl's receive buffer, where libcurl is used.
  package let receiveBufferBytes: Int

  package init(
    method: String, origin: Origin, target: String, headers: HeaderLines, shared: HeaderLines = HeaderLines(),
    requestID: [UInt8] = [], body: [UInt8]?, connectTimeout: Duration, version: HTTPVersion = .automatic,
    receiveBufferBytes: Int = 16 * 1024
  ) {
    self.method = method
    self.origin = origin
    self.target = target
    self.headers = headers
    self.shared = shared
    self.requestID = requestID
    self.body = body
    self.connectTimeout = connectTimeout
    self.version = version
    self.receiveBufferBytes = receiveBufferBytes
  }

  /// Whether a server might leave the body unread, as some do with these methods, and take it for the next request:
  /// nobody else's may follow on the connection.
  var hasUnusualBody: Bool {
    body?.isEmpty == false && method != "POST" && method != "PUT" && method != "PATCH"
  }

  /// All fields together.
  var allHeaders: HeaderLines {
    var lines = headers
    lines.append(shared)
    if !requestID.isEmpty { lines.append("X-Request-Id", requestID) }
    return lines
  }
}
