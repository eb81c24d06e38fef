/// Sections that stand in several places, with the same options everywhere.
extension OptionTable {
  /// The options of `timeouts`, anywhere.
  static let timeouts = [
    ConfigOption(
      "connect", .duration(.milliseconds(1) ... .seconds(600)), .value("\"10s\""),
      "Until the connection to the upstream stands, TLS included; per attempt."),
    ConfigOption(
      "first_event", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"120s\""),
      "Until the first event of a stream; per attempt. A blocking answer is limited by `total` alone."),
    ConfigOption(
      "idle", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"120s\""),
      "Longest silence between two events of a stream; comments do not count."),
    ConfigOption(
      "total", .duration(.milliseconds(1) ... .seconds(86_400)), .value("\"600s\""),
      "All attempts and waits together: up to the first event of a stream, or the whole of another answer."),
  ]

  /// The options of `retry`, anywhere.
  static let retry = [
    ConfigOption("attempts", .integer(1...10), .value("3"), "Attempts in all, the first one included."),
    ConfigOption("initial", .duration(.zero ... .seconds(60)), .value("\"500ms\""), "Wait before the first retry."),
    ConfigOption("factor", .number(1...10), .value("2"), "Growth of the wait from one retry to the next."),
    ConfigOption("max", .duration(.zero ... .seconds(600)), .value("\"8s\""), "Longest wait."),
    ConfigOption("jitter", .number(0...1), .value("0.25"), "Share of a wait that chance may take away."),
    ConfigOption(
      "retry_after_max", .duration(.zero ... .seconds(3600)), .value("\"60s\""),
      "Longest wait that an upstream may ask for with `Retry-After`; beyond it there is no retry."),
    ConfigOption(
      "statuses", .list(.integer(400...599), max: 64), .value("[408, 409, 425, 429, 500, 502, 503, 504, 529]"),
      "Upstream statuses that are tried again; never 400, 401, 403, 404, 413 and 422."),
  ]

  /// The options of `retry_budget`.
  static let retryBudget = [
    ConfigOption("ratio", .number(0...1), .value("0.2"), "Retries per request to the target within `window`."),
    ConfigOption(
      "window", .duration(.seconds(1) ... .seconds(600)), .value("\"10s\""),
      "How far back requests and retries count."),
    ConfigOption(
      "floor", .integer(0...10_000), .value("10"),
      "Retries per `window` that are allowed however few requests there are."),
  ]

  /// The options of `breaker`, anywhere.
  static let breaker = [
    ConfigOption(
      "consecutive_failures", .integer(1...1000), .value("5"), "Failures in a row after which a target is left alone."),
    ConfigOption(
      "error_ratio", .number(0.01...1), .value("0.5"), "Share of failures within `window` that has the same effect."),
    ConfigOption(
      "minimum_requests", .integer(1...10_000), .value("10"),
      "Attempts within `window` below which the share does not count."),
    ConfigOption(
      "window", .duration(.seconds(1) ... .seconds(600)), .value("\"30s\""), "How far back attempts count."),
    ConfigOption(
      "open_for", .duration(.milliseconds(1) ... .seconds(600)), .value("\"2s\""),
      "How long a target is left alone before the first probe; twice as long after each probe that fails."),
    ConfigOption(
      "open_max", .duration(.milliseconds(1) ... .seconds(3600)), .value("\"7s\""),
      "Longest time without a probe: how soon traffic is back after the target has recovered."),
  ]

  /// The options of `concurrency`, anywhere.
  static let concurrency = [
    ConfigOption("max", .integer(1...100_000), .required, "Requests that run at once."),
    ConfigOption(
      "queue", .integer(0...100_000), .value("100"), "Requests that wait in line; beyond them 429 `queue_full`."),
    ConfigOption(
      "wait", .duration(.milliseconds(1) ... .seconds(3600)), .value("\"30s\""),
      "Longest wait in line, which counts against `timeouts.total`; 429 beyond."),
  ]

  /// The options of `health_check`.
  static let healthCheck = [
    ConfigOption(
      "path", .text, .value("\"/models\""), "What is asked for below `base_url`; any status below 400 means well."),
    ConfigOption(
      "interval", .duration(.milliseconds(100) ... .seconds(3600)), .value("\"10s\""), "From one check to the next."),
    ConfigOption(
      "timeout", .duration(.milliseconds(10) ... .seconds(600)), .value("\"5s\""), "How long the answer may take."),
  ]
}
