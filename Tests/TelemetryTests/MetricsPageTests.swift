import Telemetry
import Testing

struct PrometheusTextTests {
  private func text(_ write: (inout PrometheusText) -> Void) -> String {
    var text = PrometheusText()
    write(&text)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  @Test func `a family has its help and type before its samples`() {
    let text = text {
      $0.family("a_total", .counter, help: "Counts a\\b\nin \"two\" lines.")
      $0.sample("a_total", 3)
      $0.sample("a_total", 4, [("x", "1"), ("y", "2")])
    }
    #expect(
      text == """
        # HELP a_total Counts a\\\\b\\nin "two" lines.
        # TYPE a_total counter
        a_total 3
        a_total{x="1",y="2"} 4

        """)
  }

  @Test func `label values cannot break out`() {
    let text = text { $0.sample("a", 1, [("x", "q\"b\\n\nü")]) }
    #expect(text == "a{x=\"q\\\"b\\\\n\\nü\"} 1\n")
  }

  @Test(arguments: [(1.5, "1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0.000_025, "2.5e-05")])
  func `numbers are written as the format has them`(value: Double, written: String) {
    #expect(text { $0.sample("a", value) } == "a \(written)\n")
  }

  @Test func `histogram buckets are cumulative and end in infinity`() {
    var histogram = Histogram(bounds: [0.5, 1])
    for value in [0.25, 0.75, 0.75, 2] { histogram.observe(value) }
    let text = text { $0.samples("h", histogram, [("k", "v")]) }
    #expect(
      text == """
        h_bucket{k="v",le="0.5"} 1
        h_bucket{k="v",le="1.0"} 3
        h_bucket{k="v",le="+Inf"} 4
        h_sum{k="v"} 3.75
        h_count{k="v"} 4

        """)
  }
}

struct MetricsPageTests {
  /// A loop that has seen one of everything.
  private static var loop: LoopMetrics {
    var loop = LoopMetrics()
    loop.requestEnded(.chat, outcome: 0, after: .milliseconds(70))
    loop.requestEnded(.relay, outcome: 1, after: .seconds(700))
    loop.attemptEnded(upstream: 1, .timedOut)
    loop.retried(upstream: 1)
    loop.firstEventSent(addedTime: .microseconds(90))
    loop.runningRequests = 2
    loop.openConnections = 3
    loop.relayedEvents = 40
    loop.relayedBytes = 5000
    loop.resentRequests = 8
    loop.stopRequests = 6
    return loop
  }

  private func lines(_ metrics: LoopMetrics, upstreams: [String] = ["local", "far"]) -> [String] {
    let page = MetricsPage(
      metrics: metrics, outcomes: ["completed", "stopped"], upstreams: upstreams, logLinesDropped: 7, version: "1.2.3",
      processStart: 1_795_000_000.5)
    return String(decoding: page.text(), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    "sluice_requests_total{endpoint=\"chat\",outcome=\"completed\"} 1",
    "sluice_requests_total{endpoint=\"chat\",outcome=\"stopped\"} 0",
    "sluice_requests_total{endpoint=\"relay\",outcome=\"stopped\"} 1",
    "sluice_requests_running 2", "sluice_connections_open 3", "sluice_stop_requests_total 6",
    "sluice_request_duration_seconds_bucket{le=\"0.1\"} 1", "sluice_request_duration_seconds_bucket{le=\"600.0\"} 1",
    "sluice_request_duration_seconds_bucket{le=\"+Inf\"} 2", "sluice_request_duration_seconds_count 2",
    "sluice_upstream_attempts_total{upstream=\"far\",result=\"timed_out\"} 1",
    "sluice_upstream_attempts_total{upstream=\"local\",result=\"succeeded\"} 0",
    "sluice_upstream_retries_total{upstream=\"far\"} 1", "sluice_relayed_events_total 40",
    "sluice_relayed_bytes_total 5000",
    "sluice_upstream_resent_total 8", "sluice_added_time_to_first_event_seconds_bucket{le=\"0.0001\"} 1",
    "sluice_log_lines_dropped_total 7", "sluice_build_info{version=\"1.2.3\"} 1",
    "process_start_time_seconds 1795000000.5",
  ])
  func `the page tells what was counted`(line: String) {
    #expect(lines(Self.loop).contains(line))
  }

  @Test func `no sample occurs twice and every family is declared once, before its samples`() {
    var declared: Set<Substring> = []
    var samples: Set<Substring> = []
    for line in lines(Self.loop) {
      if line.hasPrefix("# TYPE ") {
        #expect(declared.insert(line.split(separator: " ")[2]).inserted, "\(line)")
      } else if !line.hasPrefix("#"), let end = line.lastIndex(of: " ") {
        #expect(samples.insert(line[..<end]).inserted, "\(line)")
        let name = line.prefix { $0 != "{" && $0 != " " }
        let isDeclared = ["", "_bucket", "_sum", "_count"].contains { suffix in
          name.hasSuffix(suffix) && declared.contains(name.dropLast(suffix.count))
        }
        #expect(isDeclared, "\(line)")
      }
    }
  }

  @Test func `loops add up`() {
    var sum = Self.loop
    sum.merge(Self.loop)
    let lines = lines(sum)
    #expect(lines.contains("sluice_requests_running 4"))
    #expect(lines.contains("sluice_connections_open 6"))
    #expect(lines.contains("sluice_relayed_events_total 80"))
    #expect(lines.contains("sluice_relayed_bytes_total 10000"))
    #expect(lines.contains("sluice_stop_requests_total 12"))
    #expect(lines.contains("sluice_requests_total{endpoint=\"chat\",outcome=\"completed\"} 2"))
    #expect(lines.contains("sluice_upstream_retries_total{upstream=\"far\"} 2"))
    #expect(lines.contains("sluice_request_duration_seconds_count 4"))
  }

  @Test func `upstreams beyond the cap share one series`() {
    var loop = LoopMetrics()
    loop.retried(upstream: LoopMetrics.upstreamsMax)
    loop.retried(upstream: LoopMetrics.upstreamsMax + 9)
    loop.attemptEnded(upstream: -1, .succeeded)
    let names = (0..<LoopMetrics.upstreamsMax + 10).map { "u\($0)" }
    let lines = lines(loop, upstreams: names)
    #expect(lines.contains("sluice_upstream_retries_total{upstream=\"other\"} 2"))
    #expect(!lines.contains { $0.contains("\"u\(LoopMetrics.upstreamsMax)\"") })
  }

  @Test func `labels of closed lists are all different`() {
    #expect(Set(EndpointKind.allCases.map(\.label)).count == EndpointKind.allCases.count)
    #expect(Set(AttemptResult.allCases.map(\.label)).count == AttemptResult.allCases.count)
  }
}
