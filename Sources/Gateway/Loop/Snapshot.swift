import Config
import Policy

/// One configuration and what is derived from it once. Immutable: a reload makes a new one, and a request keeps the one
/// it began with.
final class Snapshot: Sendable {
  let configuration: Configuration
  let endpoints: EndpointMap
  let browser: BrowserRules
  let keys: KeyTable
  /// The row of each upstream in the metrics, stable across reloads.
  let metricRows: [Int]

  init(_ configuration: Configuration, metricRows: [Int]) {
    self.configuration = configuration
    self.metricRows = metricRows
    endpoints = EndpointMap(basePaths: configuration.basePaths)
    browser = BrowserRules(configuration)
    keys = KeyTable(
      configuration.keys.map { key in
        let digest: Digest =
          switch key.credential {
          case .key(let secret): Digest(sha256: secret.value)
          case .sha256(let bytes): Digest(bytes: bytes) ?? Digest(sha256: bytes.span)
          }
        return KeyEntry(name: key.name, digest: digest, isAdmin: key.admin)
      })
  }
}
