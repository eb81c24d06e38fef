import Policy
import Time

/// What can happen next.
extension Simulation {
  /// Lets one thing happen.
  mutating func step() {
    switch chance(100) {
    case 0..<18: if requests.count(where: { !$0.machine.isFinished }) < 24 { arrive() }
    case 18..<45: hearUpstream()
    case 45..<55: deliver()
    case 55..<75: pass(.milliseconds(chance(400)))
    case 75..<85: jumpToTimer()
    case 85..<90: signal()
    case 90: comeLate()
    case 91..<96: faults[chance(Simulation.upstreams)] = chance(2) == 0 ? .none : pick(Fault.allCases)
    case 96..<98: table.checked(upstream: "u\(chance(Simulation.upstreams))", isWell: chance(2) == 0, now: now)
    case 98: rarely()
    default: if let request = one({ $0.machine.state == .streaming }) { send(request) }
    }
  }

  /// Forgets some of those who have ended; the others may still be told things, and must not care.
  mutating func retire() -> [SimulatedRequest] {
    let ended = requests.filter { $0.machine.isFinished }
    let retired = ended.filter { _ in chance(5) == 0 }
    if !retired.isEmpty { requests.removeAll { request in retired.contains { $0 === request } } }
    return retired
  }

  /// A clock jump, a reload, the beginning and the end of a drain.
  private mutating func rarely() {
    switch chance(12) {
    case 0: pass(.seconds(chance(7200)))
    case 1..<6: configure()
    case 6:
      isDraining = true
      for request in requests { perform(request.machine.drain(), request) }
    case 7:
      if isDraining { for request in requests { perform(request.machine.drainLimitPassed(), request) } }
      isDraining = false
    default: isDraining = false
    }
  }

  private mutating func signal() {
    guard let request = one({ _ in true }) else { return }
    switch chance(4) {
    case 0: perform(request.machine.clientLeft(), request)
    case 1: perform(request.machine.stop(), request)
    default: perform(request.machine.keepAliveDue(), request)
    }
  }

  /// Something about a request that has ended already, such as the last bytes of a cancelled transfer.
  private mutating func comeLate() {
    guard let request = one({ $0.machine.isFinished }) else { return }
    let actions = [
      request.machine.admitted(), request.machine.firstBytes(), request.machine.waitElapsed(),
      request.machine.answerCompleted(), request.machine.askOtherwise(), request.machine.keepAliveDue(),
      request.machine.refused(Failure(.queueTimeout)), request.machine.deadlinePassed(),
      request.machine.attemptFailed(
        .reset, ending: .failure(Failure(.upstreamDisconnected)), isTransferRunning: false, target: FailedTarget(),
        now: now, random: 0),
      request.machine.streamBroke(
        Failure(.upstreamTruncated), isTransferRunning: false, recovery: FailedTarget(), now: now),
    ]
    for action in actions { perform(action, request) }
  }

  private mutating func one(_ isMeant: (SimulatedRequest) -> Bool) -> SimulatedRequest? {
    let those = requests.filter(isMeant)
    return those.isEmpty ? nil : pick(those)
  }

  // MARK: - Upstreams

  private mutating func hearUpstream() {
    guard let request = one({ $0.hasTransfer }), let stop = request.plan.currentStop else { return }
    let fault = faults[stop.target.upstream]
    if request.machine.state == .streaming { return hearMore(request, fault) }
    switch fault {
    case .none, .breaks: begin(request)
    case .unreachable:
      request.hasTransfer = false
      fail(request, .connect)
    case .resets: fail(request, .reset)
    case .silent: break
    case .serverError: answer(request, 500)
    case .limited: answer(request, 429, after: .milliseconds(chance(9000)))
    case .badKey: answer(request, 401)
    case .noMoney: answer(request, 429, code: "insufficient_quota")
    case .tooLong: fail(request, .answered(UpstreamAnswer(status: 400, refusal: .contextLength)))
    }
  }

  private mutating func answer(
    _ request: SimulatedRequest, _ status: Int, code: String? = nil, after: Duration? = nil
  ) {
    fail(
      request,
      .answered(UpstreamAnswer(status: status, errorCode: code, retryAfter: after, usedOwnKey: true)))
  }

  private mutating func begin(_ request: SimulatedRequest) {
    if request.seeksAfter != nil, chance(3) == 0 { return differ(request) }
    if let ticket = request.ticket {
      table.answered(ticket, after: .milliseconds(50), isStream: request.isStream, now: now)
    }
    guard request.isStream else {
      request.hasTransfer = false
      return perform(request.machine.answerCompleted(), request)
    }
    perform(request.machine.firstBytes(), request)
    request.seeksAfter = nil
    send(request)
  }

  /// The new stream says something else than the one that broke: its target is asked to go on from that, or gives up.
  private mutating func differ(_ request: SimulatedRequest) {
    guard chance(2) == 0, request.machine.attempts < Limits.attemptsMax else { return fail(request, .differs) }
    close(request, .unknown)
    endTransfer(request)
    perform(request.machine.askOtherwise(), request)
  }

  private mutating func hearMore(_ request: SimulatedRequest, _ fault: Fault) {
    if fault == .breaks || fault == .resets { return breakStream(request, .upstreamDisconnected) }
    guard chance(3) == 0 else { return send(request) }
    request.hasTransfer = false
    perform(request.machine.answerCompleted(), request)
  }

  private func send(_ request: SimulatedRequest) {
    if request.machine.isFinished { request.mistakes.append("sends bytes behind its end") }
    request.hasSent = true
    request.silentAt = now + .seconds(5)
  }

  // MARK: - Time

  private mutating func jumpToTimer() {
    guard let due = requests.compactMap(\.nextTimer).min() else { return }
    pass(max(.zero, due - now))
  }

  mutating func pass(_ time: Duration) {
    now += time
    for request in requests { fire(request) }
  }

  private mutating func fire(_ request: SimulatedRequest) {
    func isDue(_ instant: Instant?) -> Bool { instant.map { $0 <= now } ?? false }
    if isDue(request.queueUntil) { perform(request.machine.refused(Failure(.queueTimeout)), request) }
    if isDue(request.retryAt) {
      request.retryAt = nil
      perform(request.machine.waitElapsed(), request)
    }
    if isDue(request.silentAt) {
      if request.machine.state == .streaming {
        breakStream(request, .upstreamTimeout)
      } else {
        fail(request, .silent)
      }
    }
    if request.machine.state != .streaming, request.machine.deadline <= now {
      perform(request.machine.deadlinePassed(), request)
    }
  }
}
