import Config
import Policy
import Upstream

/// One configuration and what is derived from it once. Immutable: a reload makes a new one, and a request keeps the one
/// it began with.
final class Snapshot: Sendable {
  let configuration: Configuration
  let endpoints: EndpointMap
  let browser: BrowserRules
  let keys: KeyTable
  let routes: RouteTable
  /// Where each upstream is reached; `nil` for the demo.
  let origins: [Origin?]
  /// The row of each upstream in the metrics, stable across reloads.
  let metricRows: [Int]

  init(_ configuration: Configuration, metricRows: [Int], routes: RouteTable) {
    self.configuration = configuration
    self.routes = routes
    self.metricRows = metricRows
    endpoints = EndpointMap(basePaths: configuration.basePaths)
    browser = BrowserRules(configuration)
    keys = configuration.keyTable()
    origins = configuration.upstreams.map { upstream in
      upstream.http.map {
        Origin(
          isTLS: $0.baseURL.isTLS, host: $0.baseURL.host, port: UInt16(clamping: $0.baseURL.port),
          basePath: $0.baseURL.path)
      }
    }
  }
}
