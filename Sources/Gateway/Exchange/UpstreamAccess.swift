import Config
import Policy
import Upstream

/// How one upstream is asked: what all requests to it have in common, prepared once per configuration.
final class UpstreamAccess: Sendable {
  let origin: Origin
  let apis: UpstreamAPIs
  /// Keeps the upstream's credentials from clients.
  let mask: SecretMask
  private let version: HTTPUpstreamOptions.Version
  let passesCredentialsOn: Bool
  /// `Authorization` with each of the upstream's keys; none where it has no key.
  private let authorizations: [HeaderLines]
  /// The configured fields, which replace the client's.
  private let configured: HeaderLines
  private let configuredNames: [String]

  init(_ options: HTTPUpstreamOptions) {
    origin = Origin(
      isTLS: options.baseURL.isTLS, host: options.baseURL.host, port: UInt16(clamping: options.baseURL.port),
      basePath: options.baseURL.path, proxy: UpstreamAccess.proxy(options), authorities: options.caFile,
      verifiesPeer: options.verifyTLS)
    mask = SecretMask(options)
    version = options.version
    apis = UpstreamAPIs(options.apis)
    var authorizations: [HeaderLines] = []
    switch options.auth {
    case .keys(let keys):
      passesCredentialsOn = false
      for key in keys {
        var lines = HeaderLines()
        lines.append("Authorization", "Bearer " + key.value)
        authorizations.append(lines)
      }
    case .passthrough: passesCredentialsOn = true
    case .none: passesCredentialsOn = false
    }
    self.authorizations = authorizations
    var configured = HeaderLines()
    for extra in options.headers { configured.append(extra.name, extra.value.value) }
    self.configured = configured
    configuredNames = options.headers.map(\.name)
  }

  /// Adds what every request to the upstream carries besides the client's own fields: credentials, the id, and the
  /// configured fields.
  ///
  /// - Parameter key: which of the upstream's keys to use, where it has several.
  func addOwn(to headers: inout HeaderLines, credentials: HeaderLines, key: Int = 0, id: RequestID) {
    headers.append(self.credentials(credentials, key: key))
    headers.append("X-Request-Id", id.bytes)
    guard !configuredNames.isEmpty else { return }
    for name in configuredNames { headers.remove(name) }
    headers.append(configured)
  }

  /// Whether configured fields replace the client's, so that the request's fields must be put together anew.
  var replacesFields: Bool { !configuredNames.isEmpty }

  /// The credentials to send.
  ///
  /// - Parameters:
  ///   - credentials: the client's own.
  ///   - key: which of the upstream's keys to use, where it has several.
  func credentials(_ credentials: HeaderLines, key: Int) -> HeaderLines {
    if passesCredentialsOn { return credentials }
    return authorizations.isEmpty ? HeaderLines() : authorizations[min(key, authorizations.count - 1)]
  }

  /// Which version to speak. `auto` keeps what may have to be paused for a slow client off shared HTTP/2 connections
  /// where libcurl cannot pause one stream alone (decision 0005).
  ///
  /// - Parameter mayPause: whether the answer may come faster than its reader takes it.
  func version(mayPause: Bool) -> TransferSpec.HTTPVersion {
    switch version {
    case .auto: mayPause && origin.isTLS && !UpstreamClient.pausesStreamsAlone ? .http1 : .automatic
    case .http1: .http1
    case .http2: .http2
    }
  }

  /// A proxy from the environment is meant for the world outside, never for a server on this machine.
  private static func proxy(_ options: HTTPUpstreamOptions) -> String? {
    switch options.proxy {
    case .environment: BrowserRules.isLoopbackName(options.baseURL.host) || options.baseURL.host == "[::1]" ? "" : nil
    case .none: ""
    case .url(let url): url.value
    }
  }
}
