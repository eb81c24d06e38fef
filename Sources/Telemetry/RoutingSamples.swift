/// What the process knows of its targets and queues at the moment of a scrape, as `MetricsPage` shows it.
package struct RoutingSamples: Sendable {
  /// One target: an upstream and its name for a model.
  package struct Target: Sendable {
    package var upstream: String
    package var model: String
    /// 0 closed, 1 open, 2 probing, 3 recovering.
    package var state: Int
    /// How often the breaker has opened.
    package var openings: Int
    /// Running attempts.
    package var running: Int

    package init(upstream: String, model: String, state: Int, openings: Int, running: Int) {
      self.upstream = upstream
      self.model = model
      self.state = state
      self.openings = openings
      self.running = running
    }
  }

  /// One place where the number of running requests is limited.
  package struct Queue: Sendable {
    package var place: String
    package var running: Int
    package var waiting: Int
    /// Requests turned away because the queue was full, and those that gave up waiting or had waited too long.
    package var refused: Int
    package var abandoned: Int

    package init(place: String, running: Int, waiting: Int, refused: Int, abandoned: Int) {
      self.place = place
      self.running = running
      self.waiting = waiting
      self.refused = refused
      self.abandoned = abandoned
    }
  }

  package var targets: [Target]
  package var queues: [Queue]
  /// Keys that are not used for now, of each upstream that has several.
  package var benchedKeys: [(upstream: String, benched: Int)]

  package init(
    targets: [Target] = [], queues: [Queue] = [], benchedKeys: [(upstream: String, benched: Int)] = []
  ) {
    self.targets = targets
    self.queues = queues
    self.benchedKeys = benchedKeys
  }

  func write(to text: inout PrometheusText) {
    writeTargets(to: &text)
    if !queues.isEmpty { writeQueues(to: &text) }
    guard !benchedKeys.isEmpty else { return }
    text.family("sluice_upstream_keys_benched", .gauge, help: "Keys of an upstream that are not used for now.")
    for (upstream, benched) in benchedKeys {
      text.sample("sluice_upstream_keys_benched", benched, [("upstream", upstream)])
    }
  }

  private func writeTargets(to text: inout PrometheusText) {
    func write(_ name: StaticString, _ value: (Target) -> Int) {
      for target in targets {
        text.sample(name, value(target), [("upstream", target.upstream), ("model", target.model)])
      }
    }
    text.family(
      "sluice_target_breaker_state", .gauge,
      help: "State of a target's circuit breaker: 0 closed, 1 open, 2 probing, 3 recovering.")
    write("sluice_target_breaker_state", \.state)
    text.family("sluice_target_breaker_openings_total", .counter, help: "How often a target's breaker has opened.")
    write("sluice_target_breaker_openings_total", \.openings)
    text.family("sluice_target_attempts_running", .gauge, help: "Attempts that run at a target.")
    write("sluice_target_attempts_running", \.running)
  }

  private func writeQueues(to text: inout PrometheusText) {
    func write(_ name: StaticString, _ value: (Queue) -> Int) {
      for queue in queues { text.sample(name, value(queue), [("place", queue.place)]) }
    }
    text.family("sluice_queue_running", .gauge, help: "Requests that hold a place where their number is limited.")
    write("sluice_queue_running", \.running)
    text.family("sluice_queue_waiting", .gauge, help: "Requests that wait for such a place.")
    write("sluice_queue_waiting", \.waiting)
    text.family("sluice_queue_refused_total", .counter, help: "Requests turned away because the queue was full.")
    write("sluice_queue_refused_total", \.refused)
    text.family("sluice_queue_abandoned_total", .counter, help: "Requests that stopped waiting before their turn.")
    write("sluice_queue_abandoned_total", \.abandoned)
  }
}
