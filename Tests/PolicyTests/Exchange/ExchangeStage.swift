import Policy
import Time

/// Every state of an exchange, and how a test gets there.
enum ExchangeStage: CaseIterable {
  case queued, planning, attempting, waiting, streaming, finished

  /// What the last attempt of a `waiting` machine failed with.
  static let lastFailure = ClientEnding.failure(Failure(.upstreamDisconnected))

  /// A machine in this state, after one attempt where it takes one to get there.
  ///
  /// - Parameter isCommitted: whether a keep-alive was due first, so that the response head has gone out already.
  func machine(isCommitted: Bool = false) -> ExchangeMachine {
    var machine = ExchangeMachine(clientRetries: 0, deadline: ExchangeSignal.now + .seconds(600))
    if isCommitted { _ = machine.keepAliveDue() }
    if self == .queued { return machine }
    _ = machine.admitted()
    if self == .planning { return machine }
    machine.attemptStarted()
    switch self {
    case .queued, .planning, .attempting: break
    case .waiting: _ = ExchangeSignal.attemptFailed(.reset).send(to: &machine)
    case .streaming: _ = machine.firstBytes()
    case .finished:
      _ = machine.firstBytes()
      _ = machine.answerCompleted()
    }
    return machine
  }

  /// Whether `state` is the one that this stage stands for.
  func matches(_ state: ExchangeMachine.State) -> Bool {
    switch (self, state) {
    case (.queued, .queued), (.planning, .planning), (.attempting, .attempting), (.waiting, .waiting),
      (.streaming, .streaming), (.finished, .finished):
      true
    case (_, .queued), (_, .planning), (_, .attempting), (_, .waiting), (_, .streaming), (_, .finished): false
    }
  }
}
