import Policy

/// Retries, breakers, queues and health checks: sections that stand in several places.
extension ConfigurationDecoder {
  // MARK: - Retries

  /// Statuses that blame the request, which trying again does not change.
  private static let statusesNeverRetried: Set<Int> = [400, 401, 403, 404, 413, 422]

  /// Reads `retry_policies`, so that every `retry` can name them.
  mutating func readRetryPolicies(_ root: ConfigSection) {
    let section = root.section("retry_policies")
    for member in section.node?.members ?? [] {
      let policy = ConfigSection(node: member.value, path: section.path(of: member.key))
      if let mistake = ConfigText.mistake(inName: member.key) { mistakes.add(member.origin, policy.path, mistake) }
      checkStatuses(policy)
      retryPolicies[member.key] = policy.retry(over: RetryPolicy())
    }
  }

  /// Finds what is wrong with the `retry` of a section. Apart from `retry(of:over:)`, which may be asked several times.
  mutating func checkRetry(of parent: ConfigSection) {
    guard let name = parent.text("retry") else { return checkStatuses(parent.section("retry")) }
    namedPolicies.insert(name)
    guard retryPolicies[name] == nil else { return }
    let hint = OptionSuggestion.hint(for: name, among: retryPolicies.keys.sorted())
    mistakes.add(
      parent.origin(of: "retry"), parent.path(of: "retry"), "there is no `\(name)` in `retry_policies`" + hint)
  }

  /// Policies that nobody names are no mistake, but hardly what was meant.
  mutating func noticeUnusedPolicies() {
    for name in retryPolicies.keys.sorted() where !namedPolicies.contains(name) {
      notices.append("no `retry` names the policy `\(name)` of `retry_policies`")
    }
  }

  /// The retries that a section asks for: those of a name as they are, or its own options over `base`.
  func retry(of parent: ConfigSection, over base: RetryPolicy) -> RetryPolicy {
    parent.text("retry").flatMap { retryPolicies[$0] } ?? parent.section("retry").retry(over: base)
  }

  private mutating func checkStatuses(_ section: ConfigSection) {
    for (index, element) in (section.node?["statuses"]?.elements ?? []).enumerated() {
      guard let status = element.integer, Self.statusesNeverRetried.contains(status) else { continue }
      mistakes.add(
        element.origin, "\(section.path).statuses[\(index)]",
        "\(status) says that the request itself is wrong; it is never tried again")
    }
  }

  /// The retry budget of the whole gateway; nil = none.
  func retryBudget(_ root: ConfigSection) -> RetryBudgetPolicy? {
    if root.text("retry_budget") == "off" { return nil }
    let section = root.section("retry_budget")
    let standard = RetryBudgetPolicy()
    return RetryBudgetPolicy(
      ratio: section.number("ratio") ?? standard.ratio, window: section.duration("window") ?? standard.window,
      floor: section.integer("floor") ?? standard.floor)
  }

  // MARK: - Breakers and health checks

  /// The `breaker` of a section, with what it overrides of `base`.
  mutating func breaker(of parent: ConfigSection, over base: BreakerPolicy) -> BreakerPolicy {
    if parent.text("breaker") == "off" { return BreakerPolicy(isEnabled: false) }
    guard parent.has("breaker") else { return base }
    let section = parent.section("breaker")
    var policy = base.isEnabled ? base : BreakerPolicy()
    policy.consecutiveFailures = section.integer("consecutive_failures") ?? policy.consecutiveFailures
    policy.errorRatio = section.number("error_ratio") ?? policy.errorRatio
    policy.minimumRequests = section.integer("minimum_requests") ?? policy.minimumRequests
    policy.window = section.duration("window") ?? policy.window
    policy.openFor = section.duration("open_for") ?? policy.openFor
    policy.openMax = section.duration("open_max") ?? policy.openMax
    if policy.openFor > policy.openMax {
      let name = section.has("open_for") ? "open_for" : "open_max"
      mistakes.add(
        section.origin(of: name), section.path(of: name),
        "`open_for` (\(DurationText.format(policy.openFor))) is longer than `open_max` "
          + "(\(DurationText.format(policy.openMax)))")
    }
    return policy
  }

  /// The `health_check` of an upstream; nil = none.
  mutating func healthCheck(of parent: ConfigSection) -> HealthCheck? {
    guard let node = parent.node?["health_check"], case .object = node.value else { return nil }
    let section = parent.section("health_check")
    var check = HealthCheck()
    check.path = section.text("path") ?? check.path
    check.interval = section.duration("interval") ?? check.interval
    check.timeout = section.duration("timeout") ?? min(check.timeout, check.interval)
    if check.path.first != "/" || !check.path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) {
      mistakes.add(
        section.origin(of: "path"), section.path(of: "path"),
        "must start with `/` and have neither spaces nor `#` nor letters outside ASCII")
    }
    if check.timeout > check.interval {
      mistakes.add(
        section.origin(of: "timeout"), section.path(of: "timeout"),
        "is longer than `interval` (\(DurationText.format(check.interval)))")
    }
    return check
  }

  // MARK: - Queues

  /// The `concurrency` of a section; nil = any number of requests.
  func queueLimit(of parent: ConfigSection) -> QueueLimit? {
    let section = parent.section("concurrency")
    guard let concurrency = section.integer("max") else { return nil }
    var limit = QueueLimit(concurrency: concurrency)
    limit.queue = section.integer("queue") ?? limit.queue
    limit.wait = section.duration("wait") ?? limit.wait
    return limit
  }
}
