/// The content of `GET /metrics`: what the loops have counted, with names, and facts about the process.
package struct MetricsPage: Sendable {
  /// The sum of all loops.
  package var metrics: LoopMetrics
  /// Names of the outcomes that `LoopMetrics.requests` numbers.
  package var outcomes: [String]
  /// Names of the upstreams that `LoopMetrics` numbers.
  package var upstreams: [String]
  /// Lines that the log could not take.
  package var logLinesDropped: Int
  /// The program's version.
  package var version: String
  /// Targets, queues and keys.
  package var routing: RoutingSamples
  /// What is stored.
  package var state: StateSamples
  /// When the process began, in Unix seconds.
  package var processStart: Double

  package init(
    metrics: LoopMetrics, outcomes: [String], upstreams: [String], logLinesDropped: Int, version: String,
    processStart: Double, routing: RoutingSamples = RoutingSamples(), state: StateSamples = StateSamples()
  ) {
    self.metrics = metrics
    self.outcomes = outcomes
    self.upstreams = upstreams
    self.logLinesDropped = logLinesDropped
    self.version = version
    self.processStart = processStart
    self.routing = routing
    self.state = state
  }

  /// The page in Prometheus text form.
  package func text() -> [UInt8] {
    var text = PrometheusText()
    writeRequests(to: &text)
    writeUpstreams(to: &text)
    routing.write(to: &text)
    writeRelay(to: &text)
    state.write(to: &text)
    writeLoops(to: &text)
    writeProcess(to: &text)
    return text.bytes
  }

  private func writeRequests(to text: inout PrometheusText) {
    text.family("sluice_requests_total", .counter, help: "Ended requests by endpoint and outcome.")
    for endpoint in EndpointKind.allCases {
      for (column, outcome) in outcomes.prefix(LoopMetrics.outcomesMax).enumerated() {
        let count = metrics.requests[Int(endpoint.rawValue), column]
        text.sample("sluice_requests_total", count, [("endpoint", endpoint.label), ("outcome", outcome)])
      }
    }
    text.family("sluice_requests_running", .gauge, help: "Requests that have begun and not ended.")
    text.sample("sluice_requests_running", metrics.runningRequests)
    text.family("sluice_connections_open", .gauge, help: "Open client connections.")
    text.sample("sluice_connections_open", metrics.openConnections)
    text.family("sluice_connections_refused_total", .counter, help: "Client connections turned away, by reason.")
    text.sample("sluice_connections_refused_total", metrics.refusedConnections, [("reason", "limit")])
    text.sample("sluice_connections_refused_total", metrics.turnedAwayConnections, [("reason", "descriptors")])
    text.family("sluice_connections_evicted_total", .counter, help: "Idle client connections closed to make room.")
    text.sample("sluice_connections_evicted_total", metrics.evictedConnections)
    text.family("sluice_stop_requests_total", .counter, help: "Calls that asked to stop a request.")
    text.sample("sluice_stop_requests_total", metrics.stopRequests)
    text.family("sluice_request_duration_seconds", .histogram, help: "Time from first byte in to last byte out.")
    text.samples("sluice_request_duration_seconds", metrics.requestDuration)
  }

  private func writeUpstreams(to text: inout PrometheusText) {
    text.family("sluice_upstream_attempts_total", .counter, help: "Ended attempts by upstream and result.")
    for (row, upstream) in namedUpstreams {
      for result in AttemptResult.allCases {
        let count = metrics.attempts[row, Int(result.rawValue)]
        text.sample("sluice_upstream_attempts_total", count, [("upstream", upstream), ("result", result.label)])
      }
    }
    text.family("sluice_upstream_retries_total", .counter, help: "Attempts that repeated a failed one.")
    for (row, upstream) in namedUpstreams {
      text.sample("sluice_upstream_retries_total", metrics.retries[row, 0], [("upstream", upstream)])
    }
    text.family(
      "sluice_upstream_failovers_total", .counter, help: "Attempts that took over after a failure elsewhere.")
    for (row, upstream) in namedUpstreams {
      text.sample("sluice_upstream_failovers_total", metrics.failovers[row, 0], [("upstream", upstream)])
    }
  }

  private func writeRelay(to text: inout PrometheusText) {
    text.family("sluice_relayed_events_total", .counter, help: "Server-sent events written to clients.")
    text.sample("sluice_relayed_events_total", metrics.relayedEvents)
    text.family("sluice_relayed_bytes_total", .counter, help: "Bytes of upstream bodies written to clients.")
    text.sample("sluice_relayed_bytes_total", metrics.relayedBytes)
    text.family(
      "sluice_upstream_resent_total", .counter,
      help: "Requests sent once more, within the same attempt, because a kept-alive connection was found closed.")
    text.sample("sluice_upstream_resent_total", metrics.resentRequests)
    text.family("sluice_resumed_streams_total", .counter, help: "Streams that were joined to one that had broken.")
    text.sample("sluice_resumed_streams_total", metrics.resumedStreams)
    text.family(
      "sluice_added_time_to_first_event_seconds", .histogram,
      help: "The gateway's own share of the time to the first event.")
    text.samples("sluice_added_time_to_first_event_seconds", metrics.addedTimeToFirstEvent)
  }

  /// What is 0, or nearly so, when nothing is going on: whatever stays was forgotten.
  private func writeLoops(to text: inout PrometheusText) {
    text.family("sluice_transfers_running", .gauge, help: "Requests to upstreams under way.")
    text.sample("sluice_transfers_running", metrics.runningTransfers)
    text.family("sluice_tasks_running", .gauge, help: "Requests, listings and checks that the loops keep.")
    text.sample("sluice_tasks_running", metrics.runningTasks)
    text.family("sluice_timers_armed", .gauge, help: "Armed timers; an open connection has one.")
    text.sample("sluice_timers_armed", metrics.armedTimers)
    text.family("sluice_request_body_bytes_held", .gauge, help: "Bytes of request bodies in memory.")
    text.sample("sluice_request_body_bytes_held", metrics.heldBodyBytes)
  }

  private func writeProcess(to text: inout PrometheusText) {
    text.family("sluice_log_lines_dropped_total", .counter, help: "Log lines dropped because the log was full.")
    text.sample("sluice_log_lines_dropped_total", logLinesDropped)
    text.family("sluice_build_info", .gauge, help: "Always 1; the label tells the version.")
    text.sample("sluice_build_info", 1, [("version", version)])
    text.family("process_start_time_seconds", .gauge, help: "When the process began, in Unix seconds.")
    text.sample("process_start_time_seconds", processStart)
  }

  /// Rows of the upstream tables with their names; the row that took what had no room is called `other`.
  private var namedUpstreams: [(row: Int, name: String)] {
    var named = upstreams.prefix(LoopMetrics.upstreamsMax).enumerated().map { (row: $0.offset, name: $0.element) }
    if upstreams.count > LoopMetrics.upstreamsMax { named.append((LoopMetrics.upstreamsMax, "other")) }
    return named
  }
}
