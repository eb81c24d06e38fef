/// How a request ended: the closed list for the log line, the metrics and `GET /v1/requests/{id}`.
///
/// The raw value is an index from 0 without gaps, for tables of counters.
package enum EndReason: UInt8, CaseIterable, Sendable {
  /// The whole answer went out.
  case completed
  /// Somebody stopped it by its id.
  case stopped
  /// The client closed its connection first.
  case clientLeft
  /// The gateway refused it before any upstream was asked.
  case rejected
  /// The upstream could not be reached, broke off or made no sense.
  case upstreamFailed
  /// The upstream answered with an error of its own, which was relayed.
  case upstreamError
  /// A time limit passed.
  case deadline
  /// The gateway shut down before it was over.
  case drained
  /// The gateway itself failed.
  case gatewayFailed

  /// The spelling in logs, metrics and JSON.
  package var label: String {
    switch self {
    case .completed: "completed"
    case .stopped: "stopped"
    case .clientLeft: "client_left"
    case .rejected: "rejected"
    case .upstreamFailed: "upstream_failed"
    case .upstreamError: "upstream_error"
    case .deadline: "deadline"
    case .drained: "drained"
    case .gatewayFailed: "gateway_failed"
    }
  }

  /// Position in `allCases`.
  package var index: Int { Int(rawValue) }
}
