/// The kinds of endpoint that metrics distinguish.
package enum EndpointKind: UInt8, CaseIterable, Sendable {
  case chat
  case responses
  case completions
  case embeddings
  case models
  /// `/v1/requests`: listing and stopping.
  case requests
  /// `/v1/responses/{id}` and `/v1/conversations`: what is stored.
  case state
  /// Every other `/v1` route, passed through.
  case relay
  /// Health, readiness, metrics, and what is no endpoint at all.
  case admin

  /// The label in `/metrics`.
  package var label: String {
    switch self {
    case .chat: "chat"
    case .responses: "responses"
    case .completions: "completions"
    case .embeddings: "embeddings"
    case .models: "models"
    case .requests: "requests"
    case .state: "state"
    case .relay: "relay"
    case .admin: "admin"
    }
  }
}

/// How one attempt at an upstream ended.
package enum AttemptResult: UInt8, CaseIterable, Sendable {
  /// The answer came, in full.
  case succeeded
  /// An error status came.
  case errorStatus
  /// No connection: name lookup, TCP or TLS.
  case connectFailed
  /// The connection was lost before the answer was complete.
  case disconnected
  /// A time limit passed.
  case timedOut
  /// The answer made no sense.
  case invalidResponse
  /// Given up from this side: the client left, the request was stopped, or the gateway shut down.
  case cancelled

  /// The label in `/metrics`.
  package var label: String {
    switch self {
    case .succeeded: "succeeded"
    case .errorStatus: "error_status"
    case .connectFailed: "connect_failed"
    case .disconnected: "disconnected"
    case .timedOut: "timed_out"
    case .invalidResponse: "invalid_response"
    case .cancelled: "cancelled"
    }
  }
}

/// What one loop has counted: a plain value without atomics, which only its loop changes. A scrape asks every loop for
/// a copy and merges the copies.
///
/// Outcomes and upstreams are numbers here; `MetricsPage` knows their names. An upstream keeps its number for the life
/// of the process, also across reloads.
package struct LoopMetrics: Equatable, Sendable {
  /// Outcomes that can be told apart.
  package static let outcomesMax = 16
  /// Upstreams that can be told apart; later ones are counted together.
  package static let upstreamsMax = 64
  /// Seconds from the client's request to the first event it gets, without the upstream's share: budget 0.15 ms.
  package static let addedTimeBounds: [Double] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_15, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1,
  ]
  /// Seconds from the first byte of a request to the last of its answer, up to the default deadline.
  package static let durationBounds: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
  ]

  /// Ended requests by endpoint (rows) and outcome (columns).
  package private(set) var requests = CountTable(columns: outcomesMax, rowsMax: EndpointKind.allCases.count)
  /// Ended attempts by upstream (rows) and result (columns).
  package private(set) var attempts = CountTable(columns: AttemptResult.allCases.count, rowsMax: upstreamsMax)
  /// Retries by the upstream that was asked again (rows).
  package private(set) var retries = CountTable(columns: 1, rowsMax: upstreamsMax)
  /// Attempts that followed a failure elsewhere, by the upstream that took over (rows).
  package private(set) var failovers = CountTable(columns: 1, rowsMax: upstreamsMax)
  /// Requests that have begun and not ended.
  package var runningRequests = 0
  /// Client connections that are open.
  package var openConnections = 0
  /// Client connections turned away: there were too many, in all or from their address.
  package var refusedConnections = 0
  /// Client connections turned away because the process had no descriptor left.
  package var turnedAwayConnections = 0
  /// Idle client connections closed to make room for others.
  package var evictedConnections = 0
  /// Requests to upstreams under way, health checks and listings included.
  package var runningTransfers = 0
  /// What the loop keeps for requests and what belongs to them.
  package var runningTasks = 0
  /// Timers that are armed.
  package var armedTimers = 0
  /// Bytes of request bodies that are held.
  package var heldBodyBytes = 0
  /// Events written to clients.
  package var relayedEvents = 0
  /// Streams that were joined to one that had broken.
  package var resumedStreams = 0
  /// Bytes of upstream bodies written to clients.
  package var relayedBytes = 0
  /// Requests that were sent once more because a kept-alive connection had been closed by its upstream; they are part
  /// of the same attempt.
  package var resentRequests = 0
  /// Calls that asked to stop a request, whether it was found or not.
  package var stopRequests = 0
  /// The gateway's own share of the time to the first event, in seconds.
  package private(set) var addedTimeToFirstEvent = Histogram(bounds: addedTimeBounds)
  /// Whole requests, in seconds.
  package private(set) var requestDuration = Histogram(bounds: durationBounds)

  /// Nothing counted yet; also the start of a sum over loops.
  package init() {}

  /// Counts a request that has ended.
  /// - Parameter outcome: below `outcomesMax`; larger ones count as the last.
  package mutating func requestEnded(_ endpoint: EndpointKind, outcome: Int, after duration: Duration) {
    requests.add(row: Int(endpoint.rawValue), column: min(max(0, outcome), Self.outcomesMax - 1))
    requestDuration.observe(duration)
  }

  /// Counts an attempt that has ended.
  package mutating func attemptEnded(upstream: Int, _ result: AttemptResult) {
    attempts.add(row: max(0, upstream), column: Int(result.rawValue))
  }

  /// Counts that an upstream is asked again.
  package mutating func retried(upstream: Int) {
    retries.add(row: max(0, upstream))
  }

  /// Counts that an upstream is asked after another one has failed.
  package mutating func failedOver(upstream: Int) {
    failovers.add(row: max(0, upstream))
  }

  /// Records the gateway's own share of one request's time to the first event.
  package mutating func firstEventSent(addedTime: Duration) {
    addedTimeToFirstEvent.observe(addedTime)
  }

  /// Adds what another loop has counted.
  package mutating func merge(_ other: LoopMetrics) {
    requests.merge(other.requests)
    attempts.merge(other.attempts)
    retries.merge(other.retries)
    failovers.merge(other.failovers)
    runningRequests &+= other.runningRequests
    openConnections &+= other.openConnections
    refusedConnections &+= other.refusedConnections
    turnedAwayConnections &+= other.turnedAwayConnections
    evictedConnections &+= other.evictedConnections
    runningTransfers &+= other.runningTransfers
    runningTasks &+= other.runningTasks
    armedTimers &+= other.armedTimers
    heldBodyBytes &+= other.heldBodyBytes
    relayedEvents &+= other.relayedEvents
    relayedBytes &+= other.relayedBytes
    resentRequests &+= other.resentRequests
    resumedStreams &+= other.resumedStreams
    stopRequests &+= other.stopRequests
    addedTimeToFirstEvent.merge(other.addedTimeToFirstEvent)
    requestDuration.merge(other.requestDuration)
  }
}
