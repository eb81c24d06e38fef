import Policy
import Upstream

/// Writes the request that an upstream gets.
enum AttemptSpec {
  /// Bytes that one read of a stream brings at the most; a stream's events are small, and there are many streams.
  static let streamReadBytes = 8 * 1024
  /// The same for everything else: fewer turns for large bodies.
  static let bodyReadBytes = 64 * 1024

  static func make(_ exchange: Exchange, _ access: UpstreamAccess) -> TransferSpec {
    let asksForStream = exchange.request.asksForStream
    let key = exchange.ticket?.key ?? 0
    var headers = exchange.request.headers
    var credentials = HeaderLines()
    if access.replacesFields {
      access.addOwn(to: &headers, credentials: exchange.request.credentials, key: key, id: exchange.id)
    } else {
      credentials = access.credentials(exchange.request.credentials, key: key)
    }
    return TransferSpec(
      method: exchange.request.method, origin: access.origin,
      target: exchange.translation?.api.path ?? exchange.request.upstreamTarget,
      headers: headers, shared: credentials, requestID: access.replacesFields ? [] : exchange.id.bytes,
      body: exchange.attemptBody, connectTimeout: exchange.target.timeouts.connect,
      version: access.version(mayPause: asksForStream || exchange.request.endpoint == .relay),
      receiveBufferBytes: asksForStream ? streamReadBytes : bodyReadBytes)
  }
}
