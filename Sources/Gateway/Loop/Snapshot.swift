import Config
import HTTPServer
import Policy
import Wire

/// One configuration and what is derived from it once. Immutable: a reload makes a new one, and a request keeps the one
/// it began with.
final class Snapshot: Sendable {
  let configuration: Configuration
  let endpoints: EndpointMap
  let browser: BrowserRules
  let keys: KeyTable
  let routes: RouteTable
  let upstreamNames: [String]
  /// The field that tells a client which upstream answered, as a whole line.
  let upstreamLines: [[UInt8]]
  /// How each upstream is asked; `nil` for the demo.
  let accesses: [UpstreamAccess?]
  /// Whether comments on silent streams are rare enough to be seen to by looking at all requests now and then.
  let isPatient: Bool
  /// How long a response is kept, in seconds.
  var retentionSeconds: Int { Int(configuration.state.retention.components.seconds) }
  /// Whether any upstream gets the clients' own credentials.
  let passesCredentialsOn: Bool
  /// Whether the built-in demo is among them.
  let hasDemo: Bool
  /// The row of each upstream in the metrics, stable across reloads.
  let metricRows: [Int]
  /// What connections that begin from now on speak TLS with.
  let tls: TLSContext?

  init(_ configuration: Configuration, metricRows: [Int], routes: RouteTable, tls: TLSContext? = nil) {
    self.configuration = configuration
    self.routes = routes
    self.metricRows = metricRows
    self.tls = tls
    isPatient = configuration.keepAlive.map { $0 > Limits.farDeadline } ?? true
    endpoints = EndpointMap(basePaths: configuration.basePaths)
    browser = BrowserRules(configuration)
    keys = configuration.keyTable()
    upstreamNames = configuration.upstreams.map(\.name)
    upstreamLines = upstreamNames.map { name in
      var line: [UInt8] = []
      ResponseHeadWriter.appendField("x-sluice-upstream", name, to: &line)
      return line
    }
    accesses = configuration.upstreams.map { $0.http.map(UpstreamAccess.init) }
    passesCredentialsOn = accesses.contains { $0?.passesCredentialsOn ?? false }
    hasDemo = accesses.contains { $0 == nil }
  }
}
