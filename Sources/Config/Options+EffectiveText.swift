import Policy

// The sections of the effective text that routing and resilience are told by.

extension ModelOptions {
  /// The short form where the model has one plain target.
  func tree(_ upstreams: [UpstreamOptions]) -> ConfigNode {
    let first = firstTarget
    let isPlain = targets.count == 1 && first.weight == 1 && first.priority == 0 && !first.acceptsPrefill
    let place: [(String, ConfigNode?)] =
      isPlain
      ? [("upstream", .text(upstreams[first.upstream].name)), ("model", first.model.map(ConfigNode.text))]
      : [("targets", .list(targets.map { $0.tree(upstreams) }))]
    return .section(
      [("name", .text(name))] + place + [
        ("strategy", .text(strategy.rawValue)), ("fallbacks", .texts(fallbacks.models)),
        ("context_fallbacks", .texts(fallbacks.contextLength)),
        ("content_filter_fallbacks", .texts(fallbacks.contentFilter)), ("recovery", .text(recovery.rawValue)),
        ("malformed_events", .text(malformed.rawValue)), ("stream_upstream", .bool(blockingOverStream)),
        ("blocking_keep_alive", blockingKeepAlive.map(ConfigNode.duration) ?? .off),
        ("timeouts", isPlain ? first.timeouts.tree : .section([("total", .duration(total))])),
        ("retry", isPlain ? first.retry.tree : nil), ("concurrency", limit?.tree ?? .off),
      ])
  }
}

extension RouteTarget {
  fileprivate func tree(_ upstreams: [UpstreamOptions]) -> ConfigNode {
    .section([
      ("upstream", .text(upstreams[upstream].name)), ("model", model.map(ConfigNode.text)),
      ("priority", .integer(priority)), ("weight", .integer(weight)), ("prefill", .bool(acceptsPrefill)),
      ("timeouts", timeouts.attemptTree), ("retry", retry.tree),
    ])
  }
}

extension Timeouts {
  var tree: ConfigNode { .section(attemptOptions + [("total", .duration(total))]) }

  /// Without what is the same for all targets of a model.
  fileprivate var attemptTree: ConfigNode { .section(attemptOptions) }

  private var attemptOptions: [(String, ConfigNode?)] {
    [("connect", .duration(connect)), ("first_event", .duration(firstEvent)), ("idle", .duration(idle))]
  }
}

extension RetryPolicy {
  var tree: ConfigNode {
    .section([
      ("attempts", .integer(attempts)), ("initial", .duration(initial)), ("factor", .number(factor)),
      ("max", .duration(max)), ("jitter", .number(jitter)), ("retry_after_max", .duration(retryAfterMax)),
      ("statuses", .list(statuses.sorted().map(ConfigNode.integer))),
    ])
  }
}

extension RetryBudgetPolicy {
  var tree: ConfigNode {
    .section([("ratio", .number(ratio)), ("window", .duration(window)), ("floor", .integer(floor))])
  }
}

extension BreakerPolicy {
  var tree: ConfigNode {
    guard isEnabled else { return .off }
    return .section([
      ("consecutive_failures", .integer(consecutiveFailures)), ("error_ratio", .number(errorRatio)),
      ("minimum_requests", .integer(minimumRequests)), ("window", .duration(window)), ("open_for", .duration(openFor)),
      ("open_max", .duration(openMax)),
    ])
  }
}

extension QueueLimit {
  var tree: ConfigNode {
    .section([("max", .integer(concurrency)), ("queue", .integer(queue)), ("wait", .duration(wait))])
  }
}

extension HealthCheck {
  var tree: ConfigNode {
    .section([("path", .text(path)), ("interval", .duration(interval)), ("timeout", .duration(timeout))])
  }
}
