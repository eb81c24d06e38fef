import Policy
import Testing
import Time

struct RetryBudgetTests {
  private let start = Instant(.seconds(1000))

  @Test func `a few retries are always allowed`() {
    var budget = RetryBudget(RetryBudgetPolicy(ratio: 0.2, window: .seconds(10), floor: 3))
    for _ in 0..<3 {
      #expect(budget.allows(now: start) == true)
      budget.retried(now: start)
    }
    #expect(budget.allows(now: start) == false)
  }

  @Test func `beyond them, a share of the requests`() {
    var budget = RetryBudget(RetryBudgetPolicy(ratio: 0.2, window: .seconds(10), floor: 3))
    for _ in 0..<50 { budget.requestStarted(now: start) }
    var retries = 0
    while budget.allows(now: start), retries < 100 {
      budget.retried(now: start)
      retries += 1
    }
    #expect(retries == 13)
  }

  @Test func `the window slides`() {
    var budget = RetryBudget(RetryBudgetPolicy(ratio: 0, window: .seconds(10), floor: 1))
    budget.retried(now: start)
    #expect(budget.allows(now: start + .seconds(8)) == false)
    #expect(budget.allows(now: start + .seconds(11)) == true)
  }

  @Test func `without a policy everything is allowed`() {
    var budget = RetryBudget(nil)
    for _ in 0..<1000 { budget.retried(now: start) }
    #expect(budget.allows(now: start) == true)
  }
}

struct SlidingCountsTests {
  private let start = Instant(.seconds(1000))

  @Test func `events leave the window a tenth at a time`() {
    var counts = SlidingCounts(window: .seconds(10))
    for second in 0..<10 { counts.add(events: 2, marked: 1, now: start + .seconds(second)) }
    #expect(counts.counts(now: start + .seconds(9)) == .init(events: 20, marked: 10))
    #expect(counts.counts(now: start + .seconds(10)) == .init(events: 18, marked: 9))
    #expect(counts.counts(now: start + .seconds(18)) == .init(events: 2, marked: 1))
    #expect(counts.counts(now: start + .seconds(19)) == .init())
  }

  @Test func `a long silence empties it, and a clock that runs backwards does no harm`() {
    var counts = SlidingCounts(window: .seconds(1))
    counts.add(events: 5, now: start)
    #expect(counts.counts(now: start + .seconds(1_000_000)).events == 0)
    counts.add(events: 1, now: start)
    #expect(counts.counts(now: start - .seconds(1000)).events == 1)
  }

  @Test(arguments: 0..<4)
  func `it never differs from a list of all events by more than a bucket`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var counts = SlidingCounts(window: .seconds(10))
    var events: [Double] = []
    var now = 0.0
    for _ in 0..<2000 {
      now += random.unit() * 0.5
      counts.add(events: 1, now: start + .seconds(now))
      events.append(now)
      let counted = counts.counts(now: start + .seconds(now)).events
      #expect(counted >= events.count { $0 > now - 9 } && counted <= events.count { $0 > now - 10 })
    }
  }
}
