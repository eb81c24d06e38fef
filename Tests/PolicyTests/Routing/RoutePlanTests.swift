import Policy
import Testing
import Time

/// In which order the targets of a request are asked.
struct RoutePlanTests {
  @Test func `stages go in order, and priorities within them`() {
    var bench = RouteBench(4, breaker: BreakerPolicy(isEnabled: false))
    let plan = bench.plan([
      bench.stop(0, priority: 1), bench.stop(1, priority: 0), bench.stop(2, entry: .fallback, stage: 1),
      bench.stop(3, entry: .fallback, stage: 2),
    ])
    #expect(bench.order(plan) == [1, 0, 2, 3])
  }

  @Test func `a broken target comes last, but it comes`() {
    var bench = RouteBench(3)
    bench.breakTarget(0)
    let plan = bench.plan([bench.stop(0), bench.stop(1), bench.stop(2, entry: .fallback, stage: 1)])
    #expect(bench.order(plan) == [1, 2, 0])
  }

  @Test func `a target that asked to be left alone comes last until it may be asked`() {
    var bench = RouteBench(2)
    var plan = bench.plan([bench.stop(0), bench.stop(1)])
    let limited = AttemptFailure.answered(UpstreamAnswer(status: 429, retryAfter: .seconds(7)))
    let first = bench.next(&plan, nil)
    #expect(first?.0 == 0)
    _ = bench.table.failed(first?.1, limited, &plan, now: bench.now)
    var second = bench.plan([bench.stop(0), bench.stop(1)])
    #expect(bench.next(&second, nil)?.0 == 1)
    bench.now += .seconds(7)
    var third = bench.plan([bench.stop(0), bench.stop(1)])
    #expect(bench.next(&third, nil)?.0 == 0)
  }

  @Test func `when all are broken the request still goes somewhere`() {
    var bench = RouteBench(2)
    bench.breakTarget(0)
    bench.breakTarget(1)
    #expect(bench.order(bench.plan([bench.stop(0), bench.stop(1)])) == [0, 1])
    #expect(bench.order(bench.plan([bench.stop(1)])) == [1])
  }

  @Test func `one request is the probe, the others go elsewhere`() {
    var bench = RouteBench(2)
    bench.breakTarget(0)
    bench.now += .seconds(2)
    var plans = (0..<5).map { _ in bench.plan([bench.stop(0), bench.stop(1)]) }
    let asked = plans.indices.map { bench.next(&plans[$0], nil)?.0 }
    #expect(asked == [0, 1, 1, 1, 1])
  }

  // MARK: - Refusals

  @Test(arguments: [
    (UpstreamAnswer.Refusal.contextLength, [0, 2]), (.contentFilter, [0, 3]),
  ])
  func `a refusal is followed by those who stand in for it, and by nobody else`(
    refusal: UpstreamAnswer.Refusal, asked: [Int]
  ) {
    var bench = RouteBench(4, breaker: BreakerPolicy(isEnabled: false))
    let plan = bench.plan([
      bench.stop(0), bench.stop(1, entry: .fallback, stage: 1),
      bench.stop(2, entry: .refusal(.contextLength), stage: 2),
      bench.stop(3, entry: .refusal(.contentFilter), stage: 3),
    ])
    #expect(bench.order(plan, failure: .answered(UpstreamAnswer(status: 400, refusal: refusal))) == asked)
    #expect(bench.order(plan) == [0, 1])
  }

  // MARK: - Strategies

  private func shares(_ bench: inout RouteBench, _ stops: [RouteStop], _ count: Int = 3000) -> [Int] {
    var shares = [Int](repeating: 0, count: stops.count)
    for _ in 0..<count {
      var plan = bench.plan(stops)
      guard let (upstream, ticket) = bench.next(&plan, nil) else { continue }
      shares[upstream] += 1
      bench.table.ended(ticket, .success, now: bench.now)
    }
    return shares
  }

  @Test func `weights are shares`() {
    var bench = RouteBench(3)
    let stops = [(0, 1), (1, 2), (2, 3)].map { bench.stop($0.0, weight: $0.1, strategy: .weighted) }
    let counts = shares(&bench, stops)
    for (count, share) in zip(counts, [500, 1000, 1500]) { #expect(abs(count - share) < 120) }
  }

  @Test func `the least busy one for its weight is asked`() {
    var bench = RouteBench(2)
    let stops = [bench.stop(0, weight: 2, strategy: .leastInFlight), bench.stop(1, strategy: .leastInFlight)]
    var running = [0, 0]
    for _ in 0..<30 {
      var plan = bench.plan(stops)
      if let (upstream, _) = bench.next(&plan, nil) { running[upstream] += 1 }
    }
    #expect(running == [20, 10])
  }

  @Test func `the fastest gets most of it, and a slow one is tried again after a while`() {
    var bench = RouteBench(2)
    let stops = (0..<2).map { bench.stop($0, strategy: .fastest) }
    func run(_ count: Int, every pause: Duration) -> [Int] {
      var shares = [0, 0]
      for _ in 0..<count {
        var plan = bench.plan(stops)
        guard let (upstream, ticket) = bench.next(&plan, nil) else { continue }
        shares[upstream] += 1
        let time = Duration.milliseconds(upstream == 0 ? 100 : 400)
        bench.table.answered(ticket, after: time, isStream: true, now: bench.now)
        bench.table.ended(ticket, .success, now: bench.now)
        bench.now += pause
      }
      return shares
    }
    _ = run(2, every: .zero)
    #expect(run(100, every: .milliseconds(10)) == [100, 0])
    let long = run(1000, every: .milliseconds(300))
    #expect(long[1] >= 3 && long[1] < 50)
  }

  @Test func `of several fast ones none gets everybody: two are drawn and compared`() {
    var bench = RouteBench(4)
    let stops = (0..<4).map { bench.stop($0, strategy: .fastest) }
    var tickets: [Int] = []
    for _ in 0..<40 {
      var plan = bench.plan(stops)
      guard let (upstream, ticket) = bench.next(&plan, nil) else { continue }
      bench.table.answered(ticket, after: .milliseconds(100), isStream: true, now: bench.now)
      tickets.append(upstream)
    }
    for upstream in 0..<4 { #expect((5...15).contains(tickets.count { $0 == upstream })) }
  }

  // MARK: - Bounds

  @Test func `a plan has no more targets than the cap`() {
    let bench = RouteBench(1)
    #expect(bench.plan((0..<100).map { _ in bench.stop(0) }).stops.count == Limits.planTargetsMax)
  }

  @Test func `a busy upstream is passed by for its equals, and waited for before a fallback`() {
    var bench = RouteBench(3)
    var plan = bench.plan([
      bench.stop(0, place: 0), bench.stop(1, place: 1), bench.stop(2, entry: .fallback, stage: 1),
    ])
    #expect(bench.choose(&plan, full: []) == .needsPlace(0))
    #expect(bench.choose(&plan, full: [0]) == .needsPlace(1))
    #expect(bench.choose(&plan, full: [0, 1]) == .needsPlace(0))
    plan.passOver(0)
    #expect(bench.choose(&plan, full: [0, 1]) == .needsPlace(1))
    plan.passOver(1)
    guard case .start = bench.choose(&plan, full: [0, 1]) else {
      Issue.record("the fallback is not asked")
      return
    }
    #expect(plan.currentStop?.target.upstream == 2)
  }
}
