import Policy
import Telemetry
import Time

extension RoutingSamples {
  /// What the process knows now.
  init(_ process: GatewayProcess, now: Instant) {
    let (targets, keys) = process.board.withTable { table in
      let targets = table.targets.map { target in
        Target(
          upstream: target.name.upstream, model: target.name.model, state: target.breaker.stateNumber,
          openings: target.breaker.epoch, running: target.inFlight)
      }
      return (targets, table.benchedKeys(now: now))
    }
    let queues = process.desk.rows.map {
      Queue(place: $0.name, running: $0.running, waiting: $0.waiting, refused: $0.refused, abandoned: $0.abandoned)
    }
    self.init(targets: targets, queues: queues, benchedKeys: keys)
  }
}

extension Breaker {
  /// As the metric has it.
  fileprivate var stateNumber: Int {
    switch state {
    case .closed: 0
    case .open: 1
    case .probing: 2
    case .recovering: 3
    }
  }
}
