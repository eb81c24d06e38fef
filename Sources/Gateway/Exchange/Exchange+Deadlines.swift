import Config
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Upstream

extension Exchange {
  /// How long an upstream may keep a connection open behind the last event of its answer …
  static let terminalGrace = Duration.seconds(1)
  /// … and behind the event that finished every choice, where usage and `[DONE]` should still follow.
  static let finishedGrace = Duration.seconds(5)

  /// The comment that keeps a silent stream's connection open.
  static let keepAlive = Array(": keep-alive\n\n".utf8)

  /// What is due next.
  private enum Due {
    case total, queue, firstEvent, idle, retry, keepAlive, terminal
  }

  /// Sees to it that the timer fires no later than the next deadline.
  func armTimer() {
    guard let (_, next) = nextDeadline() else { return }
    if let armed = clock.armedFor, armed <= next { return }
    gateway.loop.cancel(clock.timer)
    clock.timer = gateway.loop.schedule(gateway, tag: slot.rawValue, at: next)
    clock.armedFor = next
  }

  /// The same where a deadline may be near. Most requests are over before that; the loop looks at those that are not.
  func armTimerIfNear() {
    // In a queue a part of the overall time has gone by already.
    let isLate = requestPlace != nil || upstreamPlace != nil
    let isFar = machine.attempts == 1 && aimedAt == 0 && route.isPatient && snapshot.isPatient
    if !isFar || isLate || clock.armedFor != nil { armTimer() }
  }

  /// Arms the timer of a request that was left without one. The next look is early enough for a young one, which will
  /// most likely be over by then.
  func sweep() {
    if clock.armedFor == nil, gateway.loop.now - start > Limits.deadlineSweep / 2 { armTimer() }
  }

  func timerFired() {
    clock.armedFor = nil
    while let (due, deadline) = nextDeadline(), deadline <= gateway.loop.now, !machine.isFinished {
      handle(due)
    }
    if !machine.isFinished { armTimer() }
  }

  private func handle(_ due: Due) {
    switch due {
    case .total:
      if isTransferRunning { report(.timedOut) }
      perform(machine.deadlinePassed())
    case .queue: queueLimitPassed()
    case .retry:
      timing.retryAt = nil
      perform(machine.waitElapsed())
    case .firstEvent:
      let failure = Failure(
        .upstreamTimeout,
        message: "The upstream '\(upstreamName)' sent no event within \(limit(target.timeouts.firstEvent)).")
      attemptFailed(.silent, ending: .failure(failure))
    case .idle:
      let failure = Failure(
        .upstreamTimeout, message: "The upstream '\(upstreamName)' fell silent for \(limit(target.timeouts.idle)).")
      if isStreaming { streamBroke(failure) } else { attemptFailed(.silent, ending: .failure(failure)) }
    case .keepAlive:
      perform(machine.keepAliveDue())
      sendKeepAlive()
    case .terminal: answerEnded()
    }
  }

  private func limit(_ duration: Duration) -> String { DurationText.format(duration) }

  private func nextDeadline() -> (Due, Instant)? {
    // The store answers, one way or the other.
    if mode == .keeping { return nil }
    var best: (Due, Instant)?
    func consider(_ due: Due, _ instant: Instant?) {
      guard let instant else { return }
      if let current = best, current.1 <= instant { return }
      best = (due, instant)
    }
    switch machine.state {
    case .queued, .planning:
      consider(.total, machine.deadline)
      consider(.queue, queueWait?.until)
      if snapshot.configuration.queueComments || !request.wantsStream { consider(.keepAlive, keepAliveAt) }
    case .attempting: considerAttempting(consider)
    case .waiting:
      consider(.total, machine.deadline)
      consider(.retry, timing.retryAt)
      consider(.keepAlive, keepAliveAt)
    case .streaming:
      considerStreaming(consider)
    case .finished: break
    }
    return best
  }

  private func considerAttempting(_ consider: (Due, Instant?) -> Void) {
    consider(.keepAlive, keepAliveAt)
    if request.asksForStream, !timing.hasEvent {
      if mode != .hold { consider(.firstEvent, timing.attemptStart.map { $0 + target.timeouts.firstEvent }) }
    } else if timing.hasEvent {
      // An answer that is being put together, or is catching up with what the client has: it is late when it stalls,
      // not when it is long.
      if !isAnswerOver { consider(.idle, timing.lastProgress + target.timeouts.idle) }
      consider(.terminal, timing.finishedAt.map { $0 + Exchange.finishedGrace })
      return consider(.terminal, timing.terminalAt.map { $0 + Exchange.terminalGrace })
    }
    consider(.total, machine.deadline)
  }

  private func considerStreaming(_ consider: (Due, Instant?) -> Void) {
    // While a slow client holds the transfer, silence is not the upstream's.
    let isHeldBack = connection?.isCongested ?? false
    if mode == .events || mode == .bytes, !isHeldBack, !isAnswerOver {
      consider(.idle, timing.lastProgress + target.timeouts.idle)
    }
    if mode == .bytes, MediaType.isJSON(head.value("content-type")) {
      consider(.total, machine.deadline)
    }
    consider(.terminal, timing.finishedAt.map { $0 + Exchange.finishedGrace })
    consider(.terminal, timing.terminalAt.map { $0 + Exchange.terminalGrace })
    consider(.keepAlive, keepAliveAt)
  }

  /// Whether the client has all of its answer: silence behind that breaks nothing any more.
  private var isAnswerOver: Bool { timing.terminalAt != nil || timing.finishedAt != nil }

  /// When the client needs a sign of life.
  private var keepAliveAt: Instant? {
    guard request.wantsStream else { return spaceAt }
    guard let interval = snapshot.configuration.keepAlive else { return nil }
    guard !(connection?.isCongested ?? false) else { return nil }
    switch mode {
    case .events: return timing.lastSent + interval
    case .waiting, .error: return request.wantsStream && request.isKnownProtocol ? timing.lastSent + interval : nil
    case .hold, .bytes, .keeping: return nil
    }
  }

  /// When a blocking call needs a sign of life, where its model wants one: white space in front of its JSON.
  private var spaceAt: Instant? {
    guard let interval = route.options?.blockingKeepAlive, request.endpoint.answersJSON, mode != .bytes else {
      return nil
    }
    return timing.lastSent + interval
  }

  private func sendKeepAlive() {
    timing.lastSent = gateway.loop.now
    guard request.wantsStream else {
      if sendsSpace { connection?.write([0x20]) }
      return
    }
    // Inside an oversize event a comment would be read as part of it.
    guard let connection, machine.isCommitted, relay.isAtBoundary else { return }
    connection.write(queueComment ?? Exchange.keepAlive)
  }
}
