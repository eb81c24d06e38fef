import Policy
import Time

/// Targets on a table of their own, and plans among them.
struct RouteBench {
  var table = HealthTable()
  var random = SplitMix64(seed: 1)
  var now = Instant(.seconds(1000))
  let rows: [Int]
  let ring: Int

  /// - Parameter count: targets, each at an upstream of its own; the first upstream has three keys.
  init(_ count: Int, breaker: BreakerPolicy = BreakerPolicy(consecutiveFailures: 1)) {
    var table = HealthTable()
    rows = (0..<count).map {
      table.row(of: .init(upstream: "u\($0)", model: "m"), breaker: breaker, budget: RetryBudgetPolicy())
    }
    ring = table.keyRow(ofUpstream: "u0", keyCount: 3)
    self.table = table
  }

  func stop(
    _ index: Int, entry: RouteStop.Entry = .own, priority: Int = 0, weight: Int = 1,
    strategy: RouteStrategy = .priority, stage: Int = 0, place: Int? = nil, keys: Bool = false
  ) -> RouteStop {
    let target = RouteTarget(upstream: index, model: "m", weight: weight, priority: priority)
    return RouteStop(
      target, model: "m", entry: entry, row: rows[index], keyRow: keys ? ring : HealthTable.noRow, placeRow: place,
      strategy: strategy, stage: stage)
  }

  func plan(_ stops: [RouteStop]) -> RoutePlan { RoutePlan(stops, isStream: true) }

  /// Starts the next attempt; the upstream asked and its ticket, nil when there is none left.
  mutating func next(_ plan: inout RoutePlan, _ place: RetryPlace? = .otherTarget) -> (Int, AttemptTicket)? {
    guard case .start(let ticket) = table.choose(&plan, place, now: now, using: &random),
      let stop = plan.currentStop
    else { return nil }
    return (stop.target.upstream, ticket)
  }

  /// What the table says about the next attempt, while these rows of the queue are full.
  mutating func choose(_ plan: inout RoutePlan, full: Set<Int>) -> RouteChoice? {
    table.choose(&plan, .otherTarget, full: full, now: now, using: &random)
  }

  /// The upstreams that a request asks when every attempt fails.
  mutating func order(_ plan: RoutePlan, failure: AttemptFailure = .reset) -> [Int] {
    var plan = plan
    var asked: [Int] = []
    while let (upstream, ticket) = next(&plan) {
      asked.append(upstream)
      _ = table.failed(ticket, failure, &plan, now: now)
    }
    return asked
  }

  /// Opens a target's breaker.
  mutating func breakTarget(_ index: Int) {
    var plan = plan([stop(index)])
    guard let (_, ticket) = next(&plan, nil) else { return }
    table.ended(ticket, .failure, now: now)
  }
}

extension RoutePlan {
  /// The stop asked last.
  var currentStop: RouteStop? { current.map { stops[$0] } }
}
