import Config

@testable import Gateway

extension Snapshot {
  /// A snapshot with books of its own.
  static func forTests(_ configuration: Configuration) -> Snapshot {
    let routes = RouteTable(configuration, board: HealthBoard(), desk: AdmissionDesk())
    return Snapshot(configuration, metricRows: Array(configuration.upstreams.indices), routes: routes)
  }
}
