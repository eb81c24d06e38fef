import Policy
import Testing

/// The table of `docs/architecture.md`: every signal in every state, each with the one action that answers it.
struct ExchangeSignalTests {
  /// What one signal does in each state, and where it leads.
  struct Row: Sendable, CustomTestStringConvertible {
    var signal: ExchangeSignal
    /// In the order of `ExchangeStage.allCases`.
    var actions: [ExchangeAction]

    init(
      _ signal: ExchangeSignal, queued: ExchangeAction = .none, planning: ExchangeAction = .none,
      attempting: ExchangeAction = .none, waiting: ExchangeAction = .none, streaming: ExchangeAction = .none
    ) {
      self.signal = signal
      actions = [queued, planning, attempting, waiting, streaming, .none]
    }

    var testDescription: String { "\(signal)" }
  }

  private static func ends(_ reason: EndReason, _ client: ClientEnding, cancels: Bool = false) -> ExchangeAction {
    .end(ExchangeEnd(reason, client, cancelsTransfer: cancels))
  }

  private static let deadline = Failure(.deadlineExceeded)
  private static let shutdown = Failure(.shuttingDown, retryAfter: .seconds(1))
  private static let broken = Failure(.upstreamDisconnected)
  private static let silent = Failure(.upstreamTimeout)
  private static let unknown = Failure(.modelNotFound)
  private static let full = Failure(.overloaded)
  private static let late = Failure(.queueTimeout)

  /// The five signals that may come in every state, and a refusal, which may too.
  static let signals: [Row] = [
    Row(
      .clientLeft, queued: ends(.clientLeft, .nothing), planning: ends(.clientLeft, .nothing),
      attempting: ends(.clientLeft, .nothing, cancels: true), waiting: ends(.clientLeft, .nothing),
      streaming: ends(.clientLeft, .nothing, cancels: true)),
    Row(
      .stop, queued: ends(.stopped, .stopped), planning: ends(.stopped, .stopped),
      attempting: ends(.stopped, .stopped, cancels: true), waiting: ends(.stopped, .stopped),
      streaming: ends(.stopped, .stopped, cancels: true)),
    Row(
      .deadlinePassed, queued: ends(.deadline, .failure(deadline)), planning: ends(.deadline, .failure(deadline)),
      attempting: ends(.deadline, .failure(deadline), cancels: true),
      waiting: ends(.upstreamFailed, ExchangeStage.lastFailure),
      streaming: ends(.deadline, .inBand(deadline), cancels: true)),
    Row(
      .drain, queued: ends(.drained, .failure(shutdown)), planning: ends(.drained, .failure(shutdown)),
      waiting: ends(.drained, ExchangeStage.lastFailure)),
    Row(
      .drainLimitPassed, queued: ends(.drained, .failure(shutdown)), planning: ends(.drained, .failure(shutdown)),
      attempting: ends(.drained, .failure(shutdown), cancels: true),
      waiting: ends(.drained, ExchangeStage.lastFailure),
      streaming: ends(.drained, .inBand(shutdown), cancels: true)),
    Row(.streamBroke(.upstreamDisconnected), streaming: ends(.upstreamFailed, .inBand(broken))),
    Row(.streamBroke(.upstreamTimeout), streaming: ends(.deadline, .inBand(silent))),
    Row(
      .attemptFailed(.answered(UpstreamAnswer(status: 400))),
      attempting: ends(.upstreamFailed, ExchangeStage.lastFailure)),
    Row(
      .refused(.modelNotFound), queued: ends(.rejected, .failure(unknown)),
      planning: ends(.rejected, .failure(unknown)),
      attempting: ends(.rejected, .failure(unknown), cancels: true), waiting: ends(.rejected, .failure(unknown)),
      streaming: ends(.rejected, .inBand(unknown), cancels: true)),
    Row(
      .refused(.overloaded), queued: ends(.gatewayFailed, .failure(full)),
      planning: ends(.gatewayFailed, .failure(full)), attempting: ends(.gatewayFailed, .failure(full), cancels: true),
      waiting: ends(.gatewayFailed, .failure(full)), streaming: ends(.gatewayFailed, .inBand(full), cancels: true)),
    Row(
      .refused(.queueTimeout), queued: ends(.rejected, .failure(late)), planning: ends(.rejected, .failure(late)),
      attempting: ends(.rejected, .failure(late), cancels: true), waiting: ends(.rejected, .failure(late)),
      streaming: ends(.rejected, .inBand(late), cancels: true)),
  ]

  /// What happens in the course of things.
  static let progress: [Row] = [
    Row(.admitted, queued: .plan),
    Row(.mustQueue),
    Row(.attemptStarted),
    Row(.firstBytes, attempting: .commit),
    Row(.keepAliveDue, queued: .commit, planning: .commit, attempting: .commit, waiting: .commit),
    Row(.answerCompleted, attempting: ends(.completed, .whole), streaming: ends(.completed, .whole)),
    Row(.waitElapsed, waiting: .plan),
    Row(.askOtherwise, attempting: .plan),
    Row(.attemptFailed(.differs), attempting: ends(.upstreamFailed, ExchangeStage.lastFailure)),
    Row(.attemptFailed(.reset), attempting: .wait(.milliseconds(500))),
    Row(.attemptFailed(.silent), attempting: ends(.upstreamFailed, ExchangeStage.lastFailure)),
  ]

  @Test(arguments: signals + progress)
  func `every state answers the signal as the table says`(row: Row) {
    for (stage, expected) in zip(ExchangeStage.allCases, row.actions) {
      var machine = stage.machine()
      #expect(row.signal.send(to: &machine) == expected, "\(row.signal) while \(stage)")
    }
  }

  @Test(arguments: signals + progress)
  func `an end finishes the machine, and a signal without one leaves it unfinished`(row: Row) {
    for (stage, expected) in zip(ExchangeStage.allCases, row.actions) where stage != .finished {
      var machine = stage.machine()
      _ = row.signal.send(to: &machine)
      guard case .end(let end) = expected else {
        #expect(!machine.isFinished, "\(row.signal) while \(stage)")
        continue
      }
      #expect(machine.state == .finished(end.reason), "\(row.signal) while \(stage)")
    }
  }

  @Test func `the table leaves no signal out`() {
    let told = (Self.signals + Self.progress).map(\.signal)
    #expect(ExchangeSignal.all.filter { !told.contains($0) } == [])
    #expect(told.count == ExchangeSignal.all.count)
  }

  @Test(arguments: ExchangeSignal.all)
  func `a finished machine answers nothing, whatever ended it`(signal: ExchangeSignal) {
    for ending in [ExchangeSignal.clientLeft, .stop, .deadlinePassed, .drainLimitPassed, .refused(.overloaded)] {
      var machine = ExchangeStage.attempting.machine()
      _ = ending.send(to: &machine)
      let state = machine.state
      #expect(signal.send(to: &machine) == .none, "\(signal) after \(ending)")
      #expect(machine.state == state)
    }
  }

  @Test(arguments: ExchangeStage.allCases)
  func `the helper arrives at the state it names`(stage: ExchangeStage) {
    #expect(stage.matches(stage.machine().state))
    #expect(stage.matches(stage.machine(isCommitted: true).state))
  }
}
