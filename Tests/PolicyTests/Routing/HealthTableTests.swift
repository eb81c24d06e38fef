import Policy
import Testing
import Time

/// What attempts teach, and what follows a failure.
struct HealthTableTests {
  private static func answered(_ status: Int, code: String? = nil, own: Bool = true, after: Duration? = nil)
    -> AttemptFailure
  {
    .answered(UpstreamAnswer(status: status, errorCode: code, retryAfter: after, usedOwnKey: own))
  }

  @Test func `every attempt is counted in and out`() {
    var bench = RouteBench(2)
    var plan = bench.plan([bench.stop(0), bench.stop(1)])
    let first = bench.next(&plan, nil)
    #expect(bench.table.targets[0].inFlight == 1)
    _ = bench.table.failed(first?.1, .reset, &plan, now: bench.now)
    #expect(bench.table.targets[0].inFlight == 0)
    guard let (_, second) = bench.next(&plan) else {
      Issue.record("there is no second target")
      return
    }
    bench.table.ended(second, .success, now: bench.now)
    #expect(bench.table.targets.map(\.inFlight) == [0, 0])
    #expect(bench.next(&plan) == nil)
  }

  @Test func `the offers name what is left`() {
    var bench = RouteBench(3)
    bench.breakTarget(2)
    var plan = bench.plan([bench.stop(0), bench.stop(1), bench.stop(2)])
    let first = bench.next(&plan, nil)
    #expect(
      bench.table.failed(first?.1, .reset, &plan, now: bench.now)
        == RetryOffers(freshTarget: true, lastResort: true, isHealthy: false))
    let second = bench.next(&plan)
    #expect(
      bench.table.failed(second?.1, HealthTableTests.answered(429), &plan, now: bench.now)
        == RetryOffers(lastResort: true))
    let third = bench.next(&plan)
    #expect(bench.table.failed(third?.1, .reset, &plan, now: bench.now) == RetryOffers(isHealthy: false))
  }

  @Test(arguments: [
    (answered(429), true), (answered(401), true), (answered(429, code: "insufficient_quota"), true),
    (answered(402), true), (answered(500), false), (answered(403), false), (answered(429, own: false), false),
    (.reset, false),
  ])
  func `failures of a key offer another one`(failure: AttemptFailure, rotates: Bool) {
    var bench = RouteBench(1)
    var plan = bench.plan([bench.stop(0, keys: true)])
    var keys: [Int] = []
    var place: RetryPlace?
    while let (_, ticket) = bench.next(&plan, place), keys.count < 10 {
      keys.append(ticket.key)
      guard bench.table.failed(ticket, failure, &plan, now: bench.now).otherKey else { break }
      place = .otherKey
    }
    #expect(keys == (rotates ? [0, 1, 2] : [0]))
    // Changing the key is no attempt of its own.
    #expect(plan.currentAttempts == 1)
  }

  @Test func `a target with another key is not to blame for one that failed`() {
    var bench = RouteBench(1)
    var plan = bench.plan([bench.stop(0, keys: true)])
    for benched in 1...3 {
      let next = bench.next(&plan, benched == 1 ? nil : .otherKey)
      _ = bench.table.failed(next?.1, HealthTableTests.answered(401), &plan, now: bench.now)
      #expect(bench.table.targets[0].breaker.isOpen == (benched == 3))
    }
    #expect(bench.table.benchedKeys(now: bench.now).map(\.benched) == [3])
  }

  @Test(arguments: [
    (AttemptFailure.connect, true), (.reset, true), (.silent, true), (answered(500), true), (answered(503), true),
    (answered(529), true), (answered(408), true), (answered(401), true), (answered(401, own: false), false),
    (answered(429), false), (answered(400), false), (answered(404), false), (answered(422), false),
  ])
  func `the breaker counts what is the target's fault`(failure: AttemptFailure, isFault: Bool) {
    var bench = RouteBench(1)
    var plan = bench.plan([bench.stop(0)])
    let next = bench.next(&plan, nil)
    _ = bench.table.failed(next?.1, failure, &plan, now: bench.now)
    #expect(bench.table.targets[0].breaker.isOpen == isFault)
  }

  @Test func `the budget is spent by repeats, and refilled by requests`() {
    var bench = RouteBench(1, breaker: BreakerPolicy(isEnabled: false))
    func repeats() -> Int {
      var plan = bench.plan([bench.stop(0)])
      var place: RetryPlace?
      var count = -1
      while let (_, ticket) = bench.next(&plan, place), count < 100 {
        count += 1
        place = .sameTarget
        guard bench.table.failed(ticket, .reset, &plan, now: bench.now).isAffordable else { break }
      }
      return count
    }
    #expect(repeats() == 10)
    #expect((0..<10).map { _ in repeats() }.reduce(0, +) == 2)
    bench.now += .seconds(20)
    #expect(repeats() == 10)
  }

  @Test func `a health check concerns every target of its upstream, and no other`() {
    var bench = RouteBench(2)
    let sibling = bench.table.row(of: .init(upstream: "u0", model: "n"), breaker: BreakerPolicy(), budget: nil)
    bench.table.checked(upstream: "u0", isWell: false, now: bench.now)
    #expect(bench.table.targets.map(\.breaker.isOpen) == [true, false, true])
    bench.table.checked(upstream: "u0", isWell: true, now: bench.now)
    #expect(bench.table.targets[sibling].breaker.permit(now: bench.now, random: 0) == .probe)
  }

  @Test func `rows stay across reloads, and follow the new policy`() {
    var bench = RouteBench(2)
    bench.breakTarget(1)
    let name = TargetHealth.Name(upstream: "u1", model: "m")
    #expect(bench.table.row(of: name, breaker: BreakerPolicy(), budget: nil) == bench.rows[1])
    #expect(bench.table.targets[1].breaker.isOpen)
    _ = bench.table.row(of: name, breaker: BreakerPolicy(isEnabled: false), budget: nil)
    #expect(!bench.table.targets[1].breaker.isOpen)
    #expect(bench.table.keyRow(ofUpstream: "u0", keyCount: 3) == bench.ring)
  }

  @Test func `beyond the cap a target has no health, and works`() {
    var table = HealthTable()
    for index in 0..<Limits.healthRowsMax {
      _ = table.row(of: .init(upstream: "u", model: "\(index)"), breaker: BreakerPolicy(), budget: nil)
    }
    let row = table.row(of: .init(upstream: "u", model: "one more"), breaker: BreakerPolicy(), budget: nil)
    #expect(row == HealthTable.noRow)
    var plan = RoutePlan([RouteStop(RouteTarget(upstream: 0), model: "m", row: row)], isStream: false)
    var random = SplitMix64(seed: 0)
    guard case .start(let ticket) = table.choose(&plan, nil, now: Instant(.seconds(1000)), using: &random) else {
      Issue.record("no attempt")
      return
    }
    #expect(table.failed(ticket, .reset, &plan, now: Instant(.seconds(1000))) == RetryOffers())
  }
}
