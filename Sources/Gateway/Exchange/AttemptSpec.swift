import Config
import Policy
import Upstream

/// Writes the request that an upstream gets.
enum AttemptSpec {
  /// Bytes that one read of a stream brings at the most; a stream's events are small, and there are many streams.
  static let streamReadBytes = 8 * 1024
  /// The same for everything else: fewer turns for large bodies.
  static let bodyReadBytes = 64 * 1024

  static func make(_ exchange: Exchange, _ options: HTTPUpstreamOptions, _ origin: Origin) -> TransferSpec {
    let request = exchange.request
    var headers = request.headers
    addOwn(
      to: &headers, options, credentials: request.credentials, key: exchange.ticket?.key ?? 0, id: exchange.id)
    return TransferSpec(
      method: request.method, origin: origin, target: request.upstreamTarget, headers: headers,
      body: exchange.attemptBody, connectTimeout: exchange.target.timeouts.connect,
      version: version(options.version, request),
      proxy: proxy(options), authorities: options.caFile, verifiesPeer: options.verifyTLS,
      receiveBufferBytes: request.asksForStream ? streamReadBytes : bodyReadBytes)
  }

  /// Adds what every request to an upstream carries besides the client's own fields: credentials, the id, and the
  /// configured fields, which replace the client's.
  ///
  /// - Parameter key: which of the upstream's keys to use, where it has several.
  static func addOwn(
    to headers: inout HeaderLines, _ options: HTTPUpstreamOptions, credentials: HeaderLines, key: Int = 0,
    id: RequestID
  ) {
    switch options.auth {
    case .keys(let keys): headers.append("Authorization", "Bearer " + keys[min(key, keys.count - 1)].value)
    case .passthrough: headers.append(credentials)
    case .none: break
    }
    headers.append("X-Request-Id", id.bytes)
    for extra in options.headers {
      headers.remove(extra.name)
      headers.append(extra.name, extra.value.value)
    }
  }

  /// Which version to speak. `auto` keeps what may have to be paused for a slow client off shared HTTP/2 connections
  /// where libcurl cannot pause one stream alone (decision 0005).
  static func version(
    _ version: HTTPUpstreamOptions.Version, _ request: RelayRequest? = nil
  ) -> TransferSpec.HTTPVersion {
    let mayPause = request.map { $0.asksForStream || $0.endpoint == .relay } ?? false
    return switch version {
    case .auto: mayPause && !UpstreamClient.pausesStreamsAlone ? .http1 : .automatic
    case .http1: .http1
    case .http2: .http2
    }
  }

  /// A proxy from the environment is meant for the world outside, never for a server on this machine.
  static func proxy(_ options: HTTPUpstreamOptions) -> String? {
    switch options.proxy {
    case .environment: BrowserRules.isLoopbackName(options.baseURL.host) || options.baseURL.host == "[::1]" ? "" : nil
    case .none: ""
    case .url(let url): url.value
    }
  }
}
