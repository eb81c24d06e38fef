import Time

/// The life of one request, from admission to its one and only end.
///
/// ```
///  queued -admitted-> planning -attemptStarted-> attempting -firstBytes-> streaming --> finished
///     ^-- mustQueue --- |  ^                         | attemptFailed         |             ^
///                          +------ waitElapsed ---- waiting <-- recovers ----+             |
///                                                    +--------- gives up ------------------+
/// ```
///
/// A stream that has broken may be asked for again, where its model wants that and the driver can join the new answer
/// to the old one. Until the new answer has caught up the request is `attempting` once more, now with a client that has
/// part of its answer: whatever ends it then, the client is told why the stream broke in the first place.
///
/// Five signals may come in every state: `clientLeft`, `stop`, `deadlinePassed`, `drainLimitPassed` and the upstream's
/// failure (`attemptFailed` before the commit, `streamBroke` after it). Every state answers every one of them, and a
/// finished exchange answers nothing but `.none`: a request ends exactly once. `docs/architecture.md` has the table.
package struct ExchangeMachine: Sendable {
  package enum State: Equatable, Sendable {
    /// Waiting for its turn: for the gateway, for its model, or for a place at an upstream.
    case queued
    /// About to choose a target.
    case planning
    /// An attempt is under way; no byte has gone to the client.
    case attempting
    /// Between two attempts. Holds what the last one failed with: that is the answer if the wait is cut short.
    case waiting(ClientEnding)
    /// Part of the answer has gone out; nothing is retried any more.
    case streaming
    /// Over.
    case finished(EndReason)
  }

  package private(set) var state: State = .queued
  /// Whether the response head has gone out. A silent stream is committed early, so that a comment can keep its client
  /// waiting; nothing of the answer has been sent then, so retries go on, but errors must go in band.
  package private(set) var isCommitted = false
  /// Attempts started so far.
  package private(set) var attempts = 0
  /// Where the next attempt goes; nil for the first one.
  package private(set) var place: RetryPlace?
  /// Why the stream broke whose continuation is being sought.
  package private(set) var broken: Failure?
  /// The client's own `x-stainless-retry-count`.
  private let clientRetries: Int
  /// The overall deadline, up to the commit. A stream that broke gets a new one to be joined to another.
  package private(set) var deadline: Instant

  /// - Parameters:
  ///   - clientRetries: how often the client's SDK has already asked; retries multiply, so ours become fewer.
  ///   - deadline: the overall one, up to the commit.
  package init(clientRetries: Int, deadline: Instant) {
    self.clientRetries = clientRetries
    self.deadline = deadline
  }

  package var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  // MARK: - Progress

  /// The request may use an upstream now.
  package mutating func admitted() -> ExchangeAction {
    guard case .queued = state else { return .none }
    state = .planning
    return .plan
  }

  /// The target that was chosen has no room yet. `admitted` is said when it has.
  package mutating func mustQueue() {
    guard case .planning = state else { return }
    state = .queued
  }

  /// An attempt has been started.
  package mutating func attemptStarted() {
    guard case .planning = state else { return }
    attempts += 1
    state = .attempting
  }

  /// The first bytes that mean something are in hand.
  package mutating func firstBytes() -> ExchangeAction {
    guard case .attempting = state else { return .none }
    state = .streaming
    isCommitted = true
    return .commit
  }

  /// A client that asked for a stream must be shown a sign of life.
  package mutating func keepAliveDue() -> ExchangeAction {
    switch state {
    case .queued, .planning, .attempting, .waiting:
      isCommitted = true
      return .commit
    case .streaming, .finished: return .none
    }
  }

  /// The answer is whole. Also said of one that was held back to its end and has not been committed.
  ///
  /// - Parameter reason: how it is counted: an answer that was relayed to its end may itself say that it failed, or
  ///   make no sense.
  package mutating func answerCompleted(as reason: EndReason = .completed) -> ExchangeAction {
    switch state {
    case .attempting, .streaming:
      finish(reason, .whole, cancelsTransfer: false)
    case .queued, .planning, .waiting, .finished: .none
    }
  }

  /// The attempt has failed before the commit.
  ///
  /// - Parameters:
  ///   - ending: what the client gets if this is final.
  ///   - isTransferRunning: whether the driver still has a transfer open for it.
  ///   - target: the target that failed, and where else the request could go.
  ///   - random: 0..<1, for the jitter.
  package mutating func attemptFailed(
    _ failure: AttemptFailure, ending: ClientEnding, isTransferRunning: Bool, target: FailedTarget,
    now: Instant, random: Double
  ) -> ExchangeAction {
    guard case .attempting = state else { return .none }
    // What a continuation fails with is not why the client's stream broke.
    let ending = broken.map { .inBand($0) } ?? ending
    return askAgain(failure, target, ending, now: now, random: random)
      ?? finish(ExchangeMachine.reason(of: ending), ending, cancelsTransfer: isTransferRunning)
  }

  private mutating func askAgain(
    _ failure: AttemptFailure, _ target: FailedTarget, _ ending: ClientEnding, now: Instant,
    random: Double
  ) -> ExchangeAction? {
    let situation = RetrySituation(
      failure: failure, attemptsMade: attempts, attemptsHere: target.attempts, clientRetryCount: clientRetries,
      offers: target.offers, timeLeft: deadline - now)
    switch RetryDecision.decide(target.policy, situation, random: random) {
    case .retry(let wait, let place):
      self.place = place
      state = .waiting(ending)
      return .wait(wait)
    case .giveUp: return nil
    }
  }

  /// The wait between two attempts is over.
  package mutating func waitElapsed() -> ExchangeAction {
    guard case .waiting = state else { return .none }
    state = .planning
    return .plan
  }

  /// The upstream has failed after the commit.
  ///
  /// - Parameters:
  ///   - recovery: the target that failed and where else the request could go, if the stream may be asked for again.
  package mutating func streamBroke(
    _ failure: Failure, isTransferRunning: Bool, recovery: FailedTarget? = nil, now: Instant? = nil,
    random: Double = 0
  ) -> ExchangeAction {
    guard case .streaming = state else { return .none }
    let first = broken ?? failure
    if let recovery, let now {
      broken = first
      // A long stream has outlived the deadline of its request.
      deadline = max(deadline, now + Limits.recoveryMax)
      // A silent upstream is left alone, as before the commit.
      let cause: AttemptFailure = failure.code == .upstreamTimeout ? .silent : .reset
      if let again = askAgain(cause, recovery, .inBand(first), now: now, random: random) { return again }
    }
    return finish(ExchangeMachine.reason(of: .inBand(first)), .inBand(first), cancelsTransfer: isTransferRunning)
  }

  /// The target that has answered can be asked in another way: to go on from what the client has, because its new
  /// answer is not the one that broke; or in the other API, because it does not have this one.
  package mutating func askOtherwise() -> ExchangeAction {
    guard case .attempting = state, attempts < Limits.attemptsMax else { return .none }
    place = .sameTarget
    state = .planning
    return .plan
  }

  /// The gateway cannot go on with it, for a reason of its own or of the request's.
  package mutating func refused(_ failure: Failure) -> ExchangeAction {
    let isRefusal = failure.code.fault == .client || failure.code == .queueFull || failure.code == .queueTimeout
    let reason: EndReason = isRefusal ? .rejected : .gatewayFailed
    switch state {
    case .queued, .planning, .waiting: return finish(reason, .failure(failure), cancelsTransfer: false)
    case .attempting: return finish(reason, .failure(failure), cancelsTransfer: true)
    case .streaming: return finish(reason, .inBand(failure), cancelsTransfer: true)
    case .finished: return .none
    }
  }

  // MARK: - Signals

  /// The client has closed its connection.
  package mutating func clientLeft() -> ExchangeAction {
    switch state {
    case .queued, .planning, .waiting: finish(.clientLeft, .nothing, cancelsTransfer: false)
    case .attempting, .streaming: finish(.clientLeft, .nothing, cancelsTransfer: true)
    case .finished: .none
    }
  }

  /// Somebody who may has stopped the request.
  package mutating func stop() -> ExchangeAction {
    switch state {
    case .queued, .planning, .waiting: finish(.stopped, .stopped, cancelsTransfer: false)
    case .attempting, .streaming: finish(.stopped, .stopped, cancelsTransfer: true)
    case .finished: .none
    }
  }

  /// The overall deadline has passed. For a stream it ends at the commit, so the driver asks no more then; a blocking
  /// answer that was committed early is still held to it.
  package mutating func deadlinePassed() -> ExchangeAction {
    let failure = Failure(.deadlineExceeded)
    switch state {
    case .queued, .planning: return finish(.deadline, .failure(failure), cancelsTransfer: false)
    case .attempting: return finish(.deadline, .failure(failure), cancelsTransfer: true)
    case .waiting(let ending): return finish(ExchangeMachine.reason(of: ending), ending, cancelsTransfer: false)
    case .streaming: return finish(.deadline, .inBand(failure), cancelsTransfer: true)
    case .finished: return .none
    }
  }

  /// The gateway shuts down. Whoever has not begun is turned away; the others go on until `drainLimitPassed`.
  package mutating func drain() -> ExchangeAction {
    switch state {
    case .queued, .planning: finish(.drained, .failure(ExchangeMachine.shutdown), cancelsTransfer: false)
    case .waiting(let ending): finish(.drained, ending, cancelsTransfer: false)
    case .attempting, .streaming, .finished: .none
    }
  }

  /// The gateway has waited for its requests as long as it may.
  package mutating func drainLimitPassed() -> ExchangeAction {
    let failure = ExchangeMachine.shutdown
    switch state {
    case .queued, .planning: return finish(.drained, .failure(failure), cancelsTransfer: false)
    case .attempting: return finish(.drained, .failure(failure), cancelsTransfer: true)
    case .waiting(let ending): return finish(.drained, ending, cancelsTransfer: false)
    case .streaming: return finish(.drained, .inBand(failure), cancelsTransfer: true)
    case .finished: return .none
    }
  }

  // MARK: -

  /// Another instance takes the client's next try, or this one after its restart.
  private static let shutdown = Failure(.shuttingDown, retryAfter: .seconds(1))

  private mutating func finish(_ reason: EndReason, _ client: ClientEnding, cancelsTransfer: Bool) -> ExchangeAction {
    state = .finished(reason)
    var ending = client
    // The status line has gone already.
    if isCommitted, case .failure(let failure) = client { ending = .inBand(broken ?? failure) }
    return .end(ExchangeEnd(reason, ending, cancelsTransfer: cancelsTransfer))
  }

  /// How a request that ends with its last attempt's failure is counted.
  private static func reason(of ending: ClientEnding) -> EndReason {
    switch ending {
    case .upstreamAnswer: .upstreamError
    case .failure(let failure), .inBand(let failure):
      failure.code == .upstreamTimeout || failure.code == .deadlineExceeded ? .deadline : .upstreamFailed
    case .nothing, .whole, .stopped: .upstreamFailed
    }
  }
}
