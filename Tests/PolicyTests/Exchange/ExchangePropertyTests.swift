import Policy
import Testing
import Time

/// Goal: a request ends exactly once, whatever happens in whatever order. Method: thousands of random sequences of
/// signals, checked against what must hold of any of them.
struct ExchangePropertyTests {
  /// What has been seen of one machine.
  private struct Watch {
    var ends = 0
    var firstCommits = 0
    var started = 0
    /// How often a target was asked in another way, which no policy counts.
    var otherwise = 0
    var ending: ExchangeEnd?
  }

  @Test(arguments: 0..<8)
  func `any sequence of events ends a request at most once, and a last signal ends it for certain`(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    for _ in 0..<1000 {
      let policy = RetryPolicy(attempts: Int.random(in: 1...5, using: &random))
      var machine = ExchangeMachine(
        clientRetries: Int.random(in: 0...2, using: &random),
        deadline: ExchangeSignal.now + .seconds(600))
      var watch = Watch()
      for _ in 0..<Int.random(in: 1...24, using: &random) {
        step(randomSignal(&random), &machine, &watch, policy)
      }
      step(.clientLeft, &machine, &watch, policy)
      #expect(watch.ends == 1)
      #expect(machine.state == (watch.ending.map { .finished($0.reason) } ?? .queued))
    }
  }

  /// Progress is drawn more often than an end, so that sequences get anywhere.
  private func randomSignal(_ random: inout SplitMix64) -> ExchangeSignal {
    let progress: [ExchangeSignal] = [
      .admitted, .attemptStarted, .firstBytes, .keepAliveDue, .waitElapsed, .attemptFailed(.reset),
    ]
    let pool = Bool.random(using: &random) || Bool.random(using: &random) ? progress : ExchangeSignal.all
    return pool[Int.random(in: 0..<pool.count, using: &random)]
  }

  private func step(
    _ signal: ExchangeSignal, _ machine: inout ExchangeMachine, _ watch: inout Watch, _ policy: RetryPolicy
  ) {
    let before = (machine.state, machine.isCommitted, machine.attempts)
    let target = FailedTarget(policy: policy, attempts: max(1, machine.attempts))
    let action = signal.send(to: &machine, target: target)
    if signal == .askOtherwise, action == .plan { watch.otherwise += 1 }
    #expect(machine.attempts >= before.2 && machine.attempts <= policy.attempts + watch.otherwise)
    #expect(machine.isCommitted || !before.1, "a commit is never taken back")
    switch action {
    case .end(let end):
      watch.ends += 1
      watch.ending = end
      // A status line that has gone out cannot be followed by another one.
      if before.1, case .failure = end.client { Issue.record("\(signal) after the commit gave \(end)") }
      if case .streaming = before.0 {
        #expect(
          end.cancelsTransfer || signal == .answerCompleted || isBreak(signal), "\(signal) left a transfer running")
      }
    case .commit:
      #expect(machine.isCommitted)
      #expect(watch.ends == 0)
    case .plan, .wait: #expect(watch.ends == 0)
    case .none: break
    }
  }

  /// Whether the signal itself says that no transfer is running any more.
  private func isBreak(_ signal: ExchangeSignal) -> Bool {
    if case .streamBroke = signal { true } else { false }
  }
}
