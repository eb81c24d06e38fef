/// What a reload changes: which options take effect at once and which only after a restart.
///
/// The listening sockets, the loops and the store are made once, so `listen.host`, `listen.port`, `listen.loops` and
/// `state` need a restart; everything else is swapped with the snapshot.
package struct ConfigurationDiff: Equatable, Sendable {
  /// Options that changed but keep their running value until a restart.
  package let needsRestart: [String]
  /// Options and sections that changed and take effect with the swap.
  package let swapped: [String]
  /// The snapshot to run from now on: the loaded one, listening where the running one does.
  package let effective: Configuration
  /// Why `effective` must not replace the running snapshot; nil = it may.
  ///
  /// A file that closes the address and drops the keys is fine for a new process, but would open the address that this
  /// one still listens on.
  package let refusal: String?

  /// Whether the reload changes nothing at all.
  package var isEmpty: Bool { needsRestart.isEmpty && swapped.isEmpty }

  package init(running: Configuration, loaded: Configuration) {
    var effective = loaded
    effective.listen.host = running.listen.host
    effective.listen.port = running.listen.port
    effective.listen.loops = running.listen.loops
    effective.state = running.state
    self.effective = effective
    refusal = effective.exposure
    needsRestart = Self.names([
      ("listen.host", running.listen.host != loaded.listen.host),
      ("listen.port", running.listen.port != loaded.listen.port),
      ("listen.loops", running.listen.loops != loaded.listen.loops),
      ("state", running.state != loaded.state),
    ])
    swapped = Self.names([
      ("listen.insecure", running.listen.insecure != loaded.listen.insecure),
      ("listen.allowed_hosts", running.listen.allowedHosts != loaded.listen.allowedHosts),
      ("listen.tls", running.listen.tls != loaded.listen.tls),
      ("base_paths", running.basePaths != loaded.basePaths),
      ("keys", running.keys != loaded.keys),
      ("upstreams", running.upstreams != loaded.upstreams),
      ("models", running.models != loaded.models),
      ("timeouts", running.timeouts != loaded.timeouts),
      ("retry", running.retry != loaded.retry),
      ("retry_budget", running.retryBudget != loaded.retryBudget),
      ("breaker", running.breaker != loaded.breaker),
      ("concurrency", running.limit != loaded.limit),
      ("queue_comments", running.queueComments != loaded.queueComments),
      ("limits", running.limits != loaded.limits),
      ("cors", running.cors != loaded.cors),
      ("client", running.client != loaded.client),
      ("keep_alive", running.keepAlive != loaded.keepAlive),
      ("drain", running.drain != loaded.drain),
      ("log", running.log != loaded.log),
      ("compression", running.compression != loaded.compression),
    ])
  }

  private static func names(_ changes: [(name: String, changed: Bool)]) -> [String] {
    changes.filter(\.changed).map(\.name)
  }
}
