import Time

/// The health of every target and the keys of every upstream: what attempts have taught, for the choice of the next.
///
/// Rows live as long as the process, so that a reload forgets nothing; a plan names targets by row.
package struct HealthTable: Sendable {
  /// The row of a target that came when the table was full: always well, never counted.
  package static let noRow = -1

  package private(set) var targets: [TargetHealth] = []
  private var rows: [TargetHealth.Name: Int] = [:]
  private var rings: [KeyRing] = []
  private var ringNames: [String] = []
  private var ringRows: [String: Int] = [:]

  package init() {}

  // MARK: - Rows

  /// The row of a target, made if there is none; it follows these policies from now on.
  package mutating func row(
    of name: TargetHealth.Name, breaker: BreakerPolicy, budget: RetryBudgetPolicy?
  ) -> Int {
    if let row = rows[name] {
      targets[row].breaker.follow(breaker)
      targets[row].budget.follow(budget)
      return row
    }
    guard targets.count < Limits.healthRowsMax else { return HealthTable.noRow }
    targets.append(TargetHealth(name, breaker: breaker, budget: budget))
    rows[name] = targets.count - 1
    return targets.count - 1
  }

  /// The row of an upstream's keys, made if there is none. With another number of keys than before they all start
  /// afresh.
  package mutating func keyRow(ofUpstream name: String, keyCount: Int) -> Int {
    if let row = ringRows[name] {
      if rings[row].count != min(max(1, keyCount), KeyRing.keysMax) { rings[row] = KeyRing(count: keyCount) }
      return row
    }
    guard rings.count < Limits.healthRowsMax else { return HealthTable.noRow }
    rings.append(KeyRing(count: keyCount))
    ringNames.append(name)
    ringRows[name] = rings.count - 1
    return rings.count - 1
  }

  /// The keys of every upstream that has more than one, for the metrics.
  package func benchedKeys(now: Instant) -> [(upstream: String, benched: Int)] {
    zip(ringNames, rings).filter { $0.1.count > 1 }.map { ($0.0, $0.1.benched(now: now)) }
  }

  // MARK: - Choice

  /// The next target of a plan, and its attempt begun; nil when the plan has none left.
  ///
  /// - Parameters:
  ///   - place: where the failure of the last attempt leads to; nil for the first one.
  ///   - full: rows of upstreams without a free place; others are preferred, and without any they are waited for.
  package mutating func choose(
    _ plan: inout RoutePlan, _ place: RetryPlace?, full: Set<Int> = [], now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> RouteChoice? {
    guard let index = plan.next(place, in: self, full: full, now: now, using: &generator) else { return nil }
    if plan.stops[index].placeRow != nil { return .needsPlace(index) }
    return .start(start(&plan, at: index, place, now: now))
  }

  /// Begins an attempt at a stop that `choose` has named.
  package mutating func start(
    _ plan: inout RoutePlan, at index: Int, _ place: RetryPlace?, now: Instant
  ) -> AttemptTicket {
    let (row, keyRow) = (plan.stops[index].row, plan.stops[index].keyRow)
    let key = keyRow < 0 ? 0 : rings[keyRow].key(notIn: plan.usedKeys(at: index, place), now: now)
    plan.started(index, place, key: key)
    return begin(row, keyRow, key: key, isRepeat: place == .sameTarget, now: now)
  }

  private mutating func begin(
    _ row: Int, _ keyRow: Int, key: Int, isRepeat: Bool, now: Instant
  ) -> AttemptTicket {
    guard row >= 0 else { return .untracked(key: key) }
    let (isProbe, epoch) = targets[row].attemptStarted(isRepeat: isRepeat, now: now)
    return AttemptTicket(row: row, upstreamRow: keyRow, key: key, isProbe: isProbe, epoch: epoch)
  }

  // MARK: - What attempts teach

  /// The first event of a stream, or a whole blocking answer, is here.
  ///
  /// - Parameter time: since the start of the attempt.
  package mutating func answered(
    _ ticket: AttemptTicket, after time: Duration, isStream: Bool, now: Instant
  ) {
    guard ticket.row >= 0 else { return }
    if isStream {
      targets[ticket.row].streamAverage.take(time, now: now)
    } else {
      targets[ticket.row].blockingAverage.take(time, now: now)
    }
    targets[ticket.row].breaker.answered(epoch: ticket.epoch, now: now)
  }

  /// The attempt is over. Called once for each ticket.
  package mutating func ended(_ ticket: AttemptTicket, _ outcome: Breaker.Outcome, now: Instant) {
    guard ticket.row >= 0 else { return }
    targets[ticket.row].inFlight -= 1
    targets[ticket.row].breaker.ended(outcome, epoch: ticket.epoch, isProbe: ticket.isProbe, now: now)
  }

  /// The attempt has failed in a way that leaves the request undecided: notes what it teaches and says where the
  /// request could go next. Called instead of `ended`.
  package mutating func failed(
    _ ticket: AttemptTicket?, _ failure: AttemptFailure, _ plan: inout RoutePlan, now: Instant
  ) -> RetryOffers {
    if let ticket { learn(ticket, failure, now: now) }
    plan.noteRefusal(failure.refusal)
    var offers = plan.offers(in: self, now: now)
    guard let index = plan.current else { return offers }
    let stop = plan.stops[index]
    if stop.keyRow >= 0, failure.keyFailure != nil {
      offers.otherKey = rings[stop.keyRow].hasOther(notIn: plan.usedKeys(at: index, .otherKey), now: now)
      if !offers.otherKey { offers.keyFreeIn = rings[stop.keyRow].freeIn(now: now) }
    }
    if stop.row >= 0 {
      offers.isHealthy = !targets[stop.row].breaker.isOpen
      offers.isAffordable = targets[stop.row].budget.allows(now: now)
    }
    return offers
  }

  private mutating func learn(_ ticket: AttemptTicket, _ failure: AttemptFailure, now: Instant) {
    var isOneOfManyKeys = false
    if ticket.upstreamRow >= 0, let keyFailure = failure.keyFailure {
      rings[ticket.upstreamRow].failed(ticket.key, keyFailure, now: now)
      isOneOfManyKeys = rings[ticket.upstreamRow].hasOther(notIn: 0, now: now)
    }
    // What is wrong with one key says nothing about a target that has others.
    ended(ticket, isOneOfManyKeys ? .unknown : failure.outcome, now: now)
    if ticket.row >= 0, !isOneOfManyKeys, let bench = failure.bench {
      targets[ticket.row].benchedUntil = now + min(bench, KeyRing.limitedMax)
    }
  }

  /// A health check of an upstream has found it well or not: for all targets there.
  package mutating func checked(upstream: String, isWell: Bool, now: Instant) {
    for row in targets.indices where targets[row].name.upstream == upstream {
      if isWell {
        targets[row].breaker.foundWell(now: now)
      } else {
        targets[row].breaker.foundBroken(now: now)
      }
    }
  }

  /// Whether a target may be asked before those that may not.
  func isWell(_ row: Int, now: Instant, random: Double) -> Bool {
    guard row >= 0 else { return true }
    return targets[row].breaker.permit(now: now, random: random) != .refused && !targets[row].isBenched(now: now)
  }
}
