import Policy
import Testing
import Time

struct BreakerTests {
  private let start = Instant(.seconds(1000))
  private let policy = BreakerPolicy(
    errorRatio: 0.5, minimumRequests: 10, consecutiveFailures: 3, window: .seconds(30), openFor: .seconds(2),
    openMax: .seconds(8))

  private func at(_ seconds: Double) -> Instant { start + .seconds(seconds) }

  /// One attempt from its start to its end, as permitted.
  @discardableResult
  private func attempt(
    _ breaker: inout Breaker, _ outcome: Breaker.Outcome, at seconds: Double, random: Double = 0
  ) -> Breaker.Permit {
    let permit = breaker.permit(now: at(seconds), random: random)
    breaker.attemptStarted(permit, now: at(seconds))
    breaker.ended(outcome, epoch: breaker.epoch, isProbe: permit == .probe, now: at(seconds))
    return permit
  }

  /// A breaker that has just opened, at second 0.
  private func opened() -> Breaker {
    var breaker = Breaker(policy)
    for _ in 0..<3 { attempt(&breaker, .failure, at: 0) }
    return breaker
  }

  // MARK: - Opening

  @Test func `failures in a row open it, and a success in between starts the count again`() {
    var breaker = Breaker(policy)
    for outcome in [Breaker.Outcome.failure, .failure, .success, .failure, .unknown, .failure] {
      attempt(&breaker, outcome, at: 0)
      #expect(!breaker.isOpen)
    }
    attempt(&breaker, .failure, at: 0)
    #expect(breaker.state == .open(until: at(2)))
  }

  @Test func `half of the attempts failing opens it, once there are enough`() {
    var breaker = Breaker(policy)
    for index in 0..<9 { attempt(&breaker, index.isMultiple(of: 2) ? .success : .failure, at: Double(index)) }
    #expect(!breaker.isOpen)
    attempt(&breaker, .failure, at: 9)
    #expect(breaker.isOpen)
  }

  @Test func `what lies behind the window does not count`() {
    var breaker = Breaker(policy)
    for index in 0..<9 { attempt(&breaker, index.isMultiple(of: 2) ? .success : .failure, at: 0) }
    attempt(&breaker, .failure, at: 40)
    #expect(!breaker.isOpen)
  }

  @Test func `a breaker that is switched off lets everybody through`() {
    var breaker = Breaker(BreakerPolicy(isEnabled: false))
    for _ in 0..<100 { #expect(attempt(&breaker, .failure, at: 0) == .free) }
    var open = opened()
    open.follow(BreakerPolicy(isEnabled: false))
    #expect(open.permit(now: at(0), random: 0.99) == .free)
  }

  // MARK: - Probing

  @Test func `while it is open nobody goes there, then one does`() {
    var breaker = opened()
    #expect(breaker.permit(now: at(1.9), random: 0) == .refused)
    let permit = breaker.permit(now: at(2), random: 0)
    #expect(permit == .probe)
    breaker.attemptStarted(permit, now: at(2))
    #expect(breaker.permit(now: at(2), random: 0) == .refused)
    #expect(breaker.permit(now: at(9.9), random: 0) == .refused)
  }

  @Test func `each probe that fails doubles the time to the next, up to the longest`() {
    var breaker = opened()
    var now = 0.0
    for wait in [2.0, 4, 8, 8, 8] {
      #expect(breaker.permit(now: at(now + wait - 0.01), random: 0) == .refused)
      now += wait
      #expect(attempt(&breaker, .failure, at: now) == .probe)
    }
  }

  @Test func `a probe that is given up leaves room for the next at once`() {
    var breaker = opened()
    #expect(attempt(&breaker, .unknown, at: 2) == .probe)
    #expect(breaker.permit(now: at(2), random: 0) == .probe)
  }

  @Test func `a probe without an answer does not keep others away for good`() {
    var breaker = opened()
    breaker.attemptStarted(.probe, now: at(2))
    #expect(breaker.permit(now: at(2) + policy.openMax, random: 0) == .probe)
  }

  @Test func `a request that had nowhere else to go is as good as a probe if it is answered, and no news if not`() {
    var breaker = opened()
    #expect(attempt(&breaker, .failure, at: 1) == .refused)
    #expect(breaker.state == .open(until: at(2)))
    #expect(attempt(&breaker, .success, at: 1) == .refused)
    #expect(breaker.state == .recovering(since: at(1)))
  }

  @Test func `attempts that began before it opened change nothing`() {
    var breaker = Breaker(policy)
    let before = breaker.epoch
    for _ in 0..<3 { attempt(&breaker, .failure, at: 0) }
    breaker.answered(epoch: before, now: at(1))
    breaker.ended(.success, epoch: before, isProbe: false, now: at(1))
    breaker.ended(.failure, epoch: before, isProbe: false, now: at(1))
    #expect(breaker.state == .open(until: at(2)))
  }

  // MARK: - Coming back

  @Test func `the callers come back in a growing share, not all at once`() {
    var breaker = opened()
    breaker.attemptStarted(.probe, now: at(2))
    breaker.answered(epoch: breaker.epoch, now: at(3))
    func share(_ seconds: Double) -> Double {
      Double((0..<1000).count { breaker.permit(now: at(seconds), random: Double($0) / 1000) == .free }) / 1000
    }
    #expect(share(3) == 0.1)
    #expect(share(4) == 0.5)
    #expect(share(5) == 1)
    #expect(attempt(&breaker, .success, at: 5) == .free)
    #expect(breaker.state == .closed)
  }

  @Test func `two failures while it recovers open it again, for longer`() {
    var breaker = opened()
    attempt(&breaker, .success, at: 2)
    attempt(&breaker, .failure, at: 2.5)
    #expect(!breaker.isOpen)
    attempt(&breaker, .failure, at: 2.5)
    #expect(breaker.state == .open(until: at(6.5)))
  }

  @Test func `traffic is back within ten seconds of the recovery, whenever that is`() {
    for recovery in stride(from: 0.5, to: 60, by: 0.7) {
      var breaker = Breaker(BreakerPolicy())
      var (now, back) = (0.0, 0.0)
      // Fifty requests a second, each answered at once.
      while back == 0, now < 100 {
        let permit = breaker.permit(now: at(now), random: 0.5)
        if permit != .refused { attempt(&breaker, now >= recovery ? .success : .failure, at: now, random: 0.5) }
        if now >= recovery, permit == .free { back = now }
        now += 0.02
      }
      #expect(back > 0 && back - recovery < 10, "recovered at \(recovery), back at \(back)")
    }
  }

  // MARK: - Checks

  @Test func `a health check opens it, and invites a probe`() {
    var breaker = Breaker(policy)
    breaker.foundBroken(now: at(0))
    #expect(breaker.permit(now: at(1), random: 0) == .refused)
    breaker.foundWell(now: at(1))
    #expect(breaker.permit(now: at(1), random: 0) == .probe)
    breaker.foundBroken(now: at(1))
    #expect(breaker.state == .open(until: at(1)))
  }
}
