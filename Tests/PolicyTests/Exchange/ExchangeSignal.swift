import Policy
import Time

/// Everything that an exchange can be told, as a value.
enum ExchangeSignal: Equatable {
  case admitted, mustQueue, attemptStarted, firstBytes, keepAliveDue, answerCompleted, waitElapsed
  case askOtherwise
  case attemptFailed(AttemptFailure)
  case streamBroke(ErrorCode)
  case refused(ErrorCode)
  case clientLeft, stop, deadlinePassed, drain, drainLimitPassed

  /// The instant at which every test's clock stands.
  static let now = Instant(.seconds(1000))

  /// One of each kind; of those with a cause, one for each way it can be taken.
  static let all: [ExchangeSignal] = [
    .admitted, .mustQueue, .attemptStarted, .firstBytes, .keepAliveDue, .answerCompleted, .waitElapsed,
    .askOtherwise, .attemptFailed(.differs),
    .attemptFailed(.reset), .attemptFailed(.silent), .attemptFailed(.answered(UpstreamAnswer(status: 400))),
    .streamBroke(.upstreamDisconnected), .streamBroke(.upstreamTimeout), .refused(.modelNotFound),
    .refused(.overloaded), .refused(.queueTimeout), .clientLeft, .stop, .deadlinePassed, .drain, .drainLimitPassed,
  ]

  /// Tells the machine.
  ///
  /// - Parameter target: what is said of the target with a failure.
  func send(
    to machine: inout ExchangeMachine, target: FailedTarget = FailedTarget(policy: RetryPolicy(jitter: 0))
  ) -> ExchangeAction {
    switch self {
    case .admitted: return machine.admitted()
    case .mustQueue:
      machine.mustQueue()
      return .none
    case .attemptStarted:
      machine.attemptStarted()
      return .none
    case .firstBytes: return machine.firstBytes()
    case .keepAliveDue: return machine.keepAliveDue()
    case .answerCompleted: return machine.answerCompleted()
    case .waitElapsed: return machine.waitElapsed()
    case .askOtherwise: return machine.askOtherwise()
    case .attemptFailed(let failure):
      return machine.attemptFailed(
        failure, ending: ExchangeStage.lastFailure, isTransferRunning: false, target: target,
        now: ExchangeSignal.now, random: 0)
    case .streamBroke(let code): return machine.streamBroke(Failure(code), isTransferRunning: false)
    case .refused(let code): return machine.refused(Failure(code))
    case .clientLeft: return machine.clientLeft()
    case .stop: return machine.stop()
    case .deadlinePassed: return machine.deadlinePassed()
    case .drain: return machine.drain()
    case .drainLimitPassed: return machine.drainLimitPassed()
    }
  }
}
