import Config
import Dialects
import Policy
import Reactor
import Telemetry
import Time
import Upstream

/// Where the next attempt goes, and what an attempt leaves in the books.
extension Exchange {
  func startAttempt() {
    if let index = grantedStop {
      grantedStop = nil
      return start(process.board.withTable { $0.start(&plan, at: index, machine.place, now: gateway.loop.now) })
    }
    var place = machine.place
    while true {
      switch choose(place) {
      case .start(let ticket): return start(ticket)
      case .needsPlace(let index):
        guard !takePlace(at: index) else { return }
        // Neither a place nor one in the queue: somebody else may have both.
        plan.passOver(index)
        place = .otherTarget
      case nil:
        return perform(machine.refused(Failure(.queueFull, retryAfter: Limits.queueRetryAfter)))
      }
    }
  }

  private func choose(_ place: RetryPlace?) -> RouteChoice? {
    let full = snapshot.routes.limitsUpstreams ? process.desk.fullRows : []
    return process.board.withTable {
      $0.choose(&plan, place, full: full, now: gateway.loop.now, using: &gateway.random)
    }
  }

  private func start(_ ticket: AttemptTicket) {
    guard let index = plan.current else { return }
    let now = gateway.loop.now
    self.ticket = ticket
    aim(at: index)
    if let refusal = translateRequest() { return perform(machine.refused(refusal)) }
    mode = .waiting
    kept = []
    keptIsCut = false
    prepareEvents()
    if let turn, turn.wishes.background, translation != nil { beginInBackground(turn) }
    head = UpstreamHead()
    timing.attemptStarted(now: now)
    machine.attemptStarted()
    if let access = snapshot.accesses[target.upstream] {
      transfer = gateway.client.start(AttemptSpec.make(self, access), owner: slot)
    } else {
      demo = DemoRun(exchange: self)
      demo?.start()
    }
    armTimerIfNear()
  }

  /// Makes the chosen stop the target, and counts what follows a failure.
  private func aim(at index: Int) {
    guard index != aimedAt else { return gateway.metrics.retried(upstream: metricRow) }
    let isFirst = aimedAt == nil
    aimedAt = index
    if isFirst, index == 0 { return }
    let total = target.timeouts.total
    target = Target(plan.stops[index].target)
    // The overall deadline is the request's own, whoever answers it.
    target.timeouts.total = total
    if !isFirst { gateway.metrics.failedOver(upstream: metricRow) }
  }

  // MARK: - Ends of attempts

  /// The upstream has begun to answer: the first event of a stream, or all of a blocking answer.
  func noteAnswered() {
    guard let ticket, !isAnswered, let start = timing.attemptStart else { return }
    isAnswered = true
    let now = gateway.loop.now
    process.board.withTable { $0.answered(ticket, after: now - start, isStream: request.wantsStream, now: now) }
  }

  /// The attempt is over. Every attempt is reported once.
  func report(_ result: AttemptResult) {
    gateway.metrics.attemptEnded(upstream: metricRow, result)
    if result == .succeeded { noteAnswered() }
    close(outcome(of: result))
  }

  private func outcome(of result: AttemptResult) -> Breaker.Outcome {
    switch result {
    case .succeeded: .success
    case .connectFailed, .disconnected, .timedOut, .invalidResponse: .failure
    // An error told in a stream: a rate limit, or the request's own fault, says nothing about the target.
    case .errorStatus: failure?.upstreamStatus.map { $0 < 500 } ?? false ? .unknown : .failure
    case .cancelled: .unknown
    }
  }

  /// Gives the attempt's ticket and its upstream's place back.
  func close(_ outcome: Breaker.Outcome) {
    if let ticket { process.board.withTable { $0.ended(ticket, outcome, now: gateway.loop.now) } }
    ticket = nil
    isAnswered = false
    leaveUpstream()
  }

  func attemptFailed(_ what: AttemptFailure, ending: ClientEnding) {
    let isRunning = isTransferRunning
    let failed = failedTarget(what)
    let result = AttemptResult(what, ending)
    noteFailed(detail(of: what) ?? result.label)
    report(result)
    let action = machine.attemptFailed(
      what, ending: ending, isTransferRunning: isRunning, target: failed, now: gateway.loop.now,
      random: Double.random(in: 0..<1, using: &gateway.random))
    // Whatever happens next, this attempt is over.
    if isRunning { cancelAttempt() }
    perform(action)
  }

  private func detail(of failure: AttemptFailure) -> String? {
    switch failure {
    case .answered(let answer): String(answer.status)
    case .differs: "differs"
    case .connect, .reset, .silent: nil
    }
  }

  /// Notes for the log that the attempt under way has failed and another one may follow.
  func noteFailed(_ why: String) {
    trail += (trail.isEmpty ? "" : ", ") + "\(upstreamName): \(why)"
  }

  /// Notes what the failure of the attempt teaches, and what may follow it.
  func failedTarget(_ what: AttemptFailure) -> FailedTarget {
    let now = gateway.loop.now
    let offers = process.board.withTable { $0.failed(ticket, what, &plan, now: now) }
    ticket = nil
    return FailedTarget(policy: target.retry, attempts: max(1, plan.currentAttempts), offers: offers)
  }

  /// Ends whatever runs for the current attempt, without a report.
  func cancelAttempt() {
    demo?.cancel()
    demo = nil
    guard transfer != .none else { return }
    gateway.client.cancel(transfer)
    transfer = .none
  }

  var process: GatewayProcess { gateway.process }
}

extension AttemptResult {
  init(_ failure: AttemptFailure, _ ending: ClientEnding) {
    switch failure {
    case .connect: self = .connectFailed
    case .reset:
      if case .failure(let failure) = ending, failure.code == .upstreamInvalidResponse {
        self = .invalidResponse
      } else {
        self = .disconnected
      }
    case .silent: self = .timedOut
    case .answered: self = .errorStatus
    case .differs: self = .cancelled
    }
  }
}
