import Time

/// One stop of a plan: a target, and when it may be asked. The same for all requests that may go there.
package struct RouteStop: Equatable, Sendable {
  /// When a stop may be asked.
  package enum Entry: Equatable, Sendable {
    /// It is one of the model's own targets.
    case own
    /// It stands in for the model after a failure.
    case fallback
    /// It stands in when the request is too long for the model, or the provider objects to it.
    case refusal(UpstreamAnswer.Refusal)
  }

  /// The target, its wildcard filled in.
  package var target: RouteTarget
  /// The model whose target it is, as clients ask for it; nil for requests that name none.
  package var model: String?
  package var entry: Entry
  /// Row of the target and of its upstream's keys in the `HealthTable`.
  package var row: Int
  package var keyRow: Int
  /// Row of its upstream in the `AdmissionQueue`; nil where as many requests run at once as there are.
  package var placeRow: Int?
  /// How the stops of one stage and priority are ordered.
  package var strategy: RouteStrategy
  /// The model's own targets are stage 0, the first fallback's are stage 1, and so on.
  package var stage: Int

  package init(
    _ target: RouteTarget, model: String?, entry: Entry = .own, row: Int, keyRow: Int = HealthTable.noRow,
    placeRow: Int? = nil, strategy: RouteStrategy = .priority, stage: Int = 0
  ) {
    self.target = target
    self.model = model
    self.entry = entry
    self.row = row
    self.keyRow = keyRow
    self.placeRow = placeRow
    self.strategy = strategy
    self.stage = stage
  }
}

/// What a plan says when it is asked for the next target.
package enum RouteChoice: Equatable, Sendable {
  /// The attempt has begun, at `plan.current`.
  case start(AttemptTicket)
  /// This stop is next, once its upstream has a place for it. `HealthTable.start` begins the attempt then; a stop whose
  /// queue is full is passed over.
  case needsPlace(Int)
}

/// Where one request may go: its model's own targets, then those of its fallbacks, each at most once.
///
/// Stages go in order, and within a stage priorities; among equals the strategy chooses. Targets that are known to be
/// broken, or have asked to be left alone, come last, for there is still more hope in them than in an error.
package struct RoutePlan: Sendable {
  /// What one request has seen of a stop.
  private struct Visit {
    /// Whether the stop is done with, asked or passed over.
    var isSpent = false
    /// Attempts made there, not counting those that only changed the key.
    var attempts = 0
    /// Keys that the request has used there.
    var usedKeys: KeyRing.KeySet = 0
  }

  package let stops: [RouteStop]
  /// One for each stop.
  private var visits: [Visit]
  /// The stop asked last.
  package private(set) var current: Int?
  /// What the request was refused for; from then on only stops for that are asked.
  private var refusal: UpstreamAnswer.Refusal?
  private let isStream: Bool

  /// - Parameters:
  ///   - stops: ordered by stage; what lies beyond `Limits.planTargetsMax` is cut off.
  ///   - isStream: whether a stream is asked for, which is what `fastest` compares.
  package init(_ stops: [RouteStop], isStream: Bool) {
    self.stops = stops.count > Limits.planTargetsMax ? Array(stops.prefix(Limits.planTargetsMax)) : stops
    self.isStream = isStream
    visits = Array(repeating: Visit(), count: self.stops.count)
  }

  /// Attempts made at the stop asked last.
  package var currentAttempts: Int { current.map { visits[$0].attempts } ?? 0 }

  /// A stop whose upstream is full, and so is the queue for it: it is passed over.
  package mutating func passOver(_ index: Int) { visits[index].isSpent = true }

  // MARK: - For the table

  mutating func noteRefusal(_ refusal: UpstreamAnswer.Refusal?) {
    if let refusal { self.refusal = refusal }
  }

  mutating func started(_ index: Int, _ place: RetryPlace?, key: Int) {
    current = index
    visits[index].isSpent = true
    if place != .otherKey { visits[index].attempts += 1 }
    // A repeated attempt may use every key again.
    visits[index].usedKeys = usedKeys(at: index, place) | (1 << UInt64(key))
  }

  func usedKeys(at index: Int, _ place: RetryPlace?) -> KeyRing.KeySet {
    place == .otherKey ? visits[index].usedKeys : 0
  }

  func offers(in table: borrowing HealthTable, now: Instant) -> RetryOffers {
    var offers = RetryOffers()
    for index in stops.indices where !visits[index].isSpent && isOpen(stops[index]) {
      // Chance 0 counts a recovering target as well: it is, for a share of the requests.
      if table.isWell(stops[index].row, now: now, random: 0) {
        offers.freshTarget = true
      } else {
        offers.lastResort = true
      }
    }
    return offers
  }

  /// The stop to ask next.
  func next(
    _ place: RetryPlace?, in table: borrowing HealthTable, full: Set<Int>, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Int? {
    switch place {
    case .sameTarget, .otherKey: return current
    case .otherTarget, nil: break
    }
    // The usual case: one target, and no choice.
    if stops.count == 1 { return visits[0].isSpent ? nil : 0 }
    let open = stops.indices.filter { !visits[$0].isSpent && isOpen(stops[$0]) }
    let well = open.filter { table.isWell(stops[$0].row, now: now, random: .unit(&generator)) }
    // All are broken: the first is as good as any other.
    guard let first = well.first else { return open.first }
    // A busy upstream is waited for before a fallback takes over: its own targets are what was asked for.
    let stage = well.prefix { stops[$0].stage == stops[first].stage }
    let free = full.isEmpty ? Array(stage) : stage.filter { !isFull(stops[$0], full) }
    guard let best = free.map({ stops[$0].target.priority }).min() else {
      return stage.min { stops[$0].target.priority < stops[$1].target.priority }
    }
    return select(free.filter { stops[$0].target.priority == best }, table, now, using: &generator)
  }

  private func isFull(_ stop: RouteStop, _ full: Set<Int>) -> Bool { stop.placeRow.map(full.contains) ?? false }

  private func isOpen(_ stop: RouteStop) -> Bool {
    switch stop.entry {
    case .own, .fallback: refusal == nil
    case .refusal(let refusal): refusal == self.refusal
    }
  }

  // MARK: - Strategies

  private func select(
    _ equals: [Int], _ table: borrowing HealthTable, _ now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Int? {
    guard equals.count > 1, let first = equals.first else { return equals.first }
    switch stops[first].strategy {
    case .priority: return first
    case .weighted: return weighted(equals, using: &generator)
    case .leastInFlight:
      let loads = equals.map { (index: $0, load: load($0, table)) }
      let least = loads.map(\.load).min() ?? 0
      let idle = loads.filter { $0.load == least }
      return idle[Int.random(in: 0..<idle.count, using: &generator)].index
    case .fastest:
      let one = Int.random(in: 0..<equals.count, using: &generator)
      let other = (one + Int.random(in: 1..<equals.count, using: &generator)) % equals.count
      let costs = (cost(equals[one], table, now), cost(equals[other], table, now))
      return costs.1 < costs.0 ? equals[other] : equals[one]
    }
  }

  private func weighted(_ equals: [Int], using generator: inout some RandomNumberGenerator) -> Int? {
    var left = Int.random(in: 0..<equals.reduce(0) { $0 + max(1, stops[$1].target.weight) }, using: &generator)
    for index in equals {
      left -= max(1, stops[index].target.weight)
      if left < 0 { return index }
    }
    return equals.last
  }

  private func load(_ index: Int, _ table: borrowing HealthTable) -> Double {
    let row = stops[index].row
    guard row >= 0 else { return 0 }
    return Double(table.targets[row].inFlight) / Double(max(1, stops[index].target.weight))
  }

  private func cost(_ index: Int, _ table: borrowing HealthTable, _ now: Instant) -> Double {
    let row = stops[index].row
    return row < 0 ? 0 : table.targets[row].cost(isStream: isStream, now: now)
  }
}

extension Double {
  /// The next number of a generator in 0..<1.
  fileprivate static func unit(_ generator: inout some RandomNumberGenerator) -> Double {
    Double(generator.next() >> 11) * 0x1p-53
  }
}
