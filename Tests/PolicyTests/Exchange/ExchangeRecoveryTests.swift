import Policy
import Testing
import Time

/// A stream that broke and is asked for again: what holds while its continuation is sought.
struct ExchangeRecoveryTests {
  private let now = ExchangeSignal.now
  private static let first = Failure(.upstreamDisconnected, message: "The first one.")
  private static let later = ClientEnding.failure(Failure(.upstreamError, message: "A later one.", upstreamStatus: 400))
  private let fresh = FailedTarget(offers: RetryOffers(freshTarget: true))

  /// A machine whose stream has broken, before or within the attempt that follows.
  private func seeking(isAttempting: Bool) -> ExchangeMachine {
    var machine = ExchangeStage.streaming.machine()
    _ = machine.streamBroke(Self.first, isTransferRunning: false, recovery: fresh, now: now)
    guard isAttempting else { return machine }
    _ = machine.waitElapsed()
    machine.attemptStarted()
    return machine
  }

  @Test func `a broken stream is asked for again, at another target at once`() {
    var machine = ExchangeStage.streaming.machine()
    #expect(
      machine.streamBroke(Self.first, isTransferRunning: true, recovery: fresh, now: now) == .wait(.zero))
    #expect(machine.state == .waiting(.inBand(Self.first)) && machine.place == .otherTarget)
    #expect(machine.waitElapsed() == .plan)
    machine.attemptStarted()
    #expect(machine.firstBytes() == .commit)
    #expect(machine.state == .streaming && machine.attempts == 2)
  }

  @Test func `the same target is asked after a wait, a silent one not at all`() {
    let alone = FailedTarget(policy: RetryPolicy(jitter: 0))
    var machine = ExchangeStage.streaming.machine()
    #expect(
      machine.streamBroke(Self.first, isTransferRunning: false, recovery: alone, now: now)
        == .wait(.milliseconds(500)))
    var silent = ExchangeStage.streaming.machine()
    let failure = Failure(.upstreamTimeout)
    #expect(
      silent.streamBroke(failure, isTransferRunning: true, recovery: alone, now: now)
        == .end(ExchangeEnd(.deadline, .inBand(failure), cancelsTransfer: true)))
  }

  @Test func `what a continuation fails with does not hide why the stream broke`() {
    var machine = seeking(isAttempting: true)
    let end = machine.attemptFailed(
      .answered(UpstreamAnswer(status: 400)), ending: Self.later, isTransferRunning: true, target: FailedTarget(),
      now: now, random: 0)
    #expect(end == .end(ExchangeEnd(.upstreamFailed, .inBand(Self.first), cancelsTransfer: true)))
  }

  @Test func `a second break is told as the first`() {
    var machine = seeking(isAttempting: true)
    _ = machine.firstBytes()
    #expect(
      machine.streamBroke(Failure(.upstreamTruncated), isTransferRunning: false)
        == .end(ExchangeEnd(.upstreamFailed, .inBand(Self.first), cancelsTransfer: false)))
  }

  @Test(arguments: [false, true])
  func `every signal ends it properly`(isAttempting: Bool) {
    let expected: [(ExchangeSignal, EndReason, ClientEnding)] = [
      (.clientLeft, .clientLeft, .nothing), (.stop, .stopped, .stopped),
      (.deadlinePassed, isAttempting ? .deadline : .upstreamFailed, .inBand(Self.first)),
      (.drainLimitPassed, .drained, .inBand(Self.first)), (.refused(.overloaded), .gatewayFailed, .inBand(Self.first)),
    ]
    for (signal, reason, ending) in expected {
      var machine = seeking(isAttempting: isAttempting)
      #expect(
        signal.send(to: &machine) == .end(ExchangeEnd(reason, ending, cancelsTransfer: isAttempting)), "\(signal)")
    }
    var draining = seeking(isAttempting: isAttempting)
    let drain: ExchangeAction =
      isAttempting ? .none : .end(ExchangeEnd(.drained, .inBand(Self.first), cancelsTransfer: false))
    #expect(draining.drain() == drain)
  }

  @Test func `another answer is no answer, and the next target is asked at once`() {
    var machine = seeking(isAttempting: true)
    let next = machine.attemptFailed(
      .differs, ending: Self.later, isTransferRunning: true, target: fresh, now: now, random: 0)
    #expect(next == .wait(.zero) && machine.place == .otherTarget)
    var last = seeking(isAttempting: true)
    let end = last.attemptFailed(
      .differs, ending: Self.later, isTransferRunning: true, target: FailedTarget(), now: now, random: 0)
    #expect(end == .end(ExchangeEnd(.upstreamFailed, .inBand(Self.first), cancelsTransfer: true)))
  }

  @Test func `a target that gave another answer can be asked to go on, and only while its attempt lasts`() {
    var machine = seeking(isAttempting: true)
    #expect(machine.askOtherwise() == .plan)
    #expect(machine.state == .planning && machine.place == .sameTarget)
    #expect(machine.askOtherwise() == .none)
    machine.attemptStarted()
    #expect(machine.attempts == 3 && machine.firstBytes() == .commit)
    #expect(machine.askOtherwise() == .none && machine.state == .streaming)
    var waiting = seeking(isAttempting: false)
    #expect(waiting.askOtherwise() == .none)
  }

  @Test func `a request makes no more attempts than it may`() {
    var machine = seeking(isAttempting: true)
    while machine.askOtherwise() == .plan { machine.attemptStarted() }
    #expect(machine.attempts == Limits.attemptsMax)
  }

  @Test func `a stream that has outlived its deadline gets time to be joined to another`() {
    var machine = ExchangeStage.streaming.machine()
    let late = now + .seconds(6000)
    #expect(machine.streamBroke(Self.first, isTransferRunning: false, recovery: fresh, now: late) == .wait(.zero))
    #expect(machine.deadline == late + Limits.recoveryMax)
  }
}
