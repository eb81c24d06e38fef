import Policy
import Testing
import Time

/// Attempts, their limits, and what an early commit changes about failures.
struct ExchangeAttemptTests {
  private let now = ExchangeSignal.now

  /// Lets the attempt under way fail.
  private func fail(
    _ machine: inout ExchangeMachine, _ failure: AttemptFailure = .reset,
    ending: ClientEnding = ExchangeStage.lastFailure, isRunning: Bool = false, attempts: Int = 3,
    offers: RetryOffers = RetryOffers(), after: Duration = .zero
  ) -> ExchangeAction {
    let target = FailedTarget(
      policy: RetryPolicy(attempts: attempts, jitter: 0), attempts: machine.attempts, offers: offers)
    return machine.attemptFailed(
      failure, ending: ending, isTransferRunning: isRunning, target: target, now: now + after, random: 0)
  }

  @Test func `a request that goes well passes through every state once`() {
    var machine = ExchangeMachine(clientRetries: 0, deadline: now + .seconds(600))
    #expect(machine.state == .queued)
    #expect(machine.admitted() == .plan)
    #expect(machine.state == .planning)
    machine.attemptStarted()
    #expect(machine.state == .attempting)
    #expect(!machine.isCommitted)
    #expect(machine.firstBytes() == .commit)
    #expect(machine.state == .streaming)
    #expect(machine.isCommitted)
    #expect(machine.answerCompleted() == .end(ExchangeEnd(.completed, .whole, cancelsTransfer: false)))
    #expect(machine.state == .finished(.completed))
    #expect(machine.isFinished)
  }

  @Test(arguments: [1, 2, 3, 7])
  func `the policy's attempts are made and counted, and the last failure is the answer`(attempts: Int) {
    var machine = ExchangeStage.attempting.machine()
    var waits: [Duration] = []
    while case .wait(let wait) = fail(&machine, attempts: attempts) {
      waits.append(wait)
      #expect(machine.state == .waiting(ExchangeStage.lastFailure))
      #expect(machine.waitElapsed() == .plan)
      machine.attemptStarted()
      #expect(machine.attempts == waits.count + 1)
    }
    #expect(machine.attempts == attempts)
    #expect(waits == [500, 1000, 2000, 4000, 8000, 8000].prefix(attempts - 1).map { .milliseconds($0) })
    #expect(machine.state == .finished(.upstreamFailed))
  }

  @Test func `a client that retries itself gets half the attempts`() {
    var machine = ExchangeMachine(clientRetries: 1, deadline: now + .seconds(600))
    _ = machine.admitted()
    machine.attemptStarted()
    #expect(
      fail(&machine, attempts: 4)
        != .end(ExchangeEnd(.upstreamFailed, ExchangeStage.lastFailure, cancelsTransfer: false)))
    _ = machine.waitElapsed()
    machine.attemptStarted()
    #expect(
      fail(&machine, attempts: 4)
        == .end(ExchangeEnd(.upstreamFailed, ExchangeStage.lastFailure, cancelsTransfer: false)))
    #expect(machine.attempts == 2)
  }

  @Test func `an attempt counts once, however often its start is reported`() {
    var machine = ExchangeStage.attempting.machine()
    machine.attemptStarted()
    machine.attemptStarted()
    #expect(machine.attempts == 1)
  }

  @Test func `a silent upstream is left at once where there is another target`() {
    var machine = ExchangeStage.attempting.machine()
    #expect(fail(&machine, .silent, offers: RetryOffers(freshTarget: true)) == .wait(.zero))
  }

  @Test func `a wait that the deadline would cut short is not begun`() {
    var machine = ExchangeStage.attempting.machine()
    #expect(
      fail(&machine, after: .milliseconds(599_500))
        == .end(ExchangeEnd(.upstreamFailed, ExchangeStage.lastFailure, cancelsTransfer: false)))
    var earlier = ExchangeStage.attempting.machine()
    #expect(fail(&earlier, after: .milliseconds(599_499)) == .wait(.milliseconds(500)))
  }

  @Test(arguments: [false, true])
  func `a failed attempt whose transfer still runs takes it down with it`(isRunning: Bool) {
    var machine = ExchangeStage.attempting.machine()
    #expect(
      fail(&machine, isRunning: isRunning, attempts: 1)
        == .end(ExchangeEnd(.upstreamFailed, ExchangeStage.lastFailure, cancelsTransfer: isRunning)))
    var stream = ExchangeStage.streaming.machine()
    let failure = Failure(.upstreamTruncated)
    #expect(
      stream.streamBroke(failure, isTransferRunning: isRunning)
        == .end(ExchangeEnd(.upstreamFailed, .inBand(failure), cancelsTransfer: isRunning)))
  }

  @Test(arguments: [
    (ClientEnding.upstreamAnswer, EndReason.upstreamError),
    (.failure(Failure(.upstreamUnreachable)), .upstreamFailed),
    (.failure(Failure(.upstreamAuthFailed)), .upstreamFailed),
    (.failure(Failure(.upstreamTimeout)), .deadline),
    (.failure(Failure(.deadlineExceeded)), .deadline),
  ])
  func `the end is counted by what the last attempt failed with`(ending: ClientEnding, reason: EndReason) {
    var machine = ExchangeStage.attempting.machine()
    #expect(fail(&machine, ending: ending, attempts: 1) == .end(ExchangeEnd(reason, ending, cancelsTransfer: false)))
    var waiting = ExchangeStage.attempting.machine()
    _ = fail(&waiting, ending: ending)
    #expect(waiting.deadlinePassed() == .end(ExchangeEnd(reason, ending, cancelsTransfer: false)))
  }

  // MARK: - Early commit

  @Test(arguments: [ExchangeStage.queued, .planning, .attempting, .waiting])
  func `a keep-alive commits, and nothing moves on because of it`(stage: ExchangeStage) {
    var machine = stage.machine()
    let state = machine.state
    #expect(machine.keepAliveDue() == .commit)
    #expect(machine.isCommitted)
    #expect(machine.state == state)
  }

  @Test func `retries go on after an early commit, and the first bytes still start the stream`() {
    var machine = ExchangeStage.attempting.machine(isCommitted: true)
    #expect(fail(&machine) == .wait(.milliseconds(500)))
    #expect(machine.waitElapsed() == .plan)
    machine.attemptStarted()
    #expect(machine.firstBytes() == .commit)
    #expect(machine.state == .streaming)
  }

  @Test(arguments: [
    (ExchangeStage.queued, ExchangeSignal.deadlinePassed), (.planning, .deadlinePassed), (.attempting, .deadlinePassed),
    (.waiting, .deadlinePassed), (.queued, .drain), (.planning, .drain), (.waiting, .drain),
    (.queued, .drainLimitPassed), (.planning, .drainLimitPassed), (.attempting, .drainLimitPassed),
    (.waiting, .drainLimitPassed), (.queued, .refused(.overloaded)), (.planning, .refused(.overloaded)),
    (.attempting, .refused(.overloaded)), (.waiting, .refused(.overloaded)),
    (.attempting, .attemptFailed(.silent)), (.attempting, .attemptFailed(.answered(UpstreamAnswer(status: 400)))),
  ])
  func `after an early commit every failure goes in band`(stage: ExchangeStage, signal: ExchangeSignal) {
    var early = stage.machine(isCommitted: true)
    var plain = stage.machine()
    guard case .end(let inBand) = signal.send(to: &early), case .end(let own) = signal.send(to: &plain),
      case .failure(let failure) = own.client
    else {
      Issue.record("\(signal) does not fail while \(stage)")
      return
    }
    #expect(inBand == ExchangeEnd(own.reason, .inBand(failure), cancelsTransfer: own.cancelsTransfer))
  }
}
