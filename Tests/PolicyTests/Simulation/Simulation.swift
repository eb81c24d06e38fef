import Policy
import Time

/// A gateway without sockets: the pure machines, driven as the gateway drives them, under a clock and faults that a
/// seed decides.
struct Simulation {
  /// How an upstream behaves at the moment.
  enum Fault: CaseIterable {
    case none, unreachable, resets, silent, serverError, limited, badKey, noMoney, tooLong, breaks
  }

  static let upstreams = 4
  static let beginning = Instant(.seconds(1000))

  var random: SplitMix64
  var now = Simulation.beginning
  var table = HealthTable()
  var queue = AdmissionQueue()
  var faults = [Fault](repeating: .none, count: Simulation.upstreams)
  var requests: [SimulatedRequest] = []
  /// Grants on their way: they arrive later, perhaps too late.
  var mail: [(ticket: AdmissionQueue.Ticket, holder: AdmissionQueue.Holder)] = []
  var isDraining = false
  private var lastID: UInt64 = 0

  var rows: [Int] = []
  var keyRow = HealthTable.noRow
  var gatewayPlace = 0
  var upstreamPlace = 0

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    configure()
  }

  /// A configuration: at the start, and at every reload.
  mutating func configure() {
    let breaker = BreakerPolicy(
      isEnabled: random.unit() < 0.9, minimumRequests: 4, consecutiveFailures: Int.random(in: 1...4, using: &random))
    let budget = RetryBudgetPolicy(floor: Int.random(in: 0...5, using: &random))
    rows = (0..<Simulation.upstreams).map {
      table.row(of: .init(upstream: "u\($0)", model: "m"), breaker: breaker, budget: budget)
    }
    keyRow = table.keyRow(ofUpstream: "u1", keyCount: 3)
    func limit(_ range: ClosedRange<Int>) -> QueueLimit {
      QueueLimit(
        concurrency: Int.random(in: range, using: &random), queue: Int.random(in: 0...4, using: &random),
        wait: .seconds(3))
    }
    gatewayPlace = queue.row(named: "gateway", limit: limit(6...14))
    upstreamPlace = queue.row(named: "upstream", limit: limit(1...3))
    mail += queue.grant().map { ($0.0, $0.1) }
  }

  // MARK: - Requests

  mutating func arrive() {
    lastID += 1
    let strategy = pick(RouteStrategy.allCases)
    var stops: [RouteStop] = []
    for (stage, upstream) in (0..<Simulation.upstreams).shuffled(using: &random).prefix(2 + chance(3)).enumerated() {
      let entry: RouteStop.Entry = stage < 2 ? .own : stage == 2 ? .fallback : .refusal(.contextLength)
      let retry = RetryPolicy(attempts: 1 + chance(3), initial: .milliseconds(100))
      stops.append(
        RouteStop(
          RouteTarget(upstream: upstream, model: "m", weight: 1 + chance(3), retry: retry), model: "m", entry: entry,
          row: rows[upstream], keyRow: upstream == 1 ? keyRow : HealthTable.noRow,
          placeRow: upstream == 2 ? upstreamPlace : nil, strategy: strategy, stage: max(0, stage - 1)))
    }
    let isStream = chance(3) > 0
    let request = SimulatedRequest(
      id: lastID, plan: RoutePlan(stops, isStream: isStream), places: chance(2) == 0 ? [gatewayPlace] : [],
      isStream: isStream, recovers: isStream && chance(3) == 0, clientRetries: chance(4) == 0 ? 1 : 0,
      deadline: now + .seconds(30))
    requests.append(request)
    if isDraining { return perform(request.machine.refused(Failure(.shuttingDown)), request) }
    enter(request)
  }

  private mutating func enter(_ request: SimulatedRequest) {
    guard !request.places.isEmpty else { return perform(request.machine.admitted(), request) }
    switch queue.ask(for: request.places, .init(loop: 0, slot: request.id)) {
    case .granted(let ticket):
      request.requestPlace = ticket
      perform(request.machine.admitted(), request)
    case .waiting(let ticket, _): wait(request, ticket, stop: nil)
    case .full: perform(request.machine.refused(Failure(.queueFull)), request)
    }
  }

  private func wait(_ request: SimulatedRequest, _ ticket: AdmissionQueue.Ticket, stop: Int?) {
    request.waitsFor = ticket
    request.stop = stop
    request.queueUntil = now + .seconds(3)
  }

  /// A grant arrives.
  mutating func deliver() {
    guard !mail.isEmpty else { return }
    let (ticket, holder) = mail.removeFirst()
    guard let request = requests.first(where: { $0.id == holder.slot }), request.waitsFor == ticket else { return }
    request.waitsFor = nil
    request.queueUntil = nil
    if request.stop == nil { request.requestPlace = ticket } else { request.upstreamPlace = ticket }
    perform(request.machine.admitted(), request)
  }

  // MARK: - Attempts

  mutating func perform(_ action: ExchangeAction, _ request: SimulatedRequest) {
    if action != .none, request.ends > 0 { request.mistakes.append("is told \(action) behind its end") }
    switch action {
    case .none: break
    case .plan: startAttempt(request)
    case .wait(let wait): request.retryAt = now + wait
    case .commit: break
    case .end(let end): finish(request, end)
    }
  }

  private mutating func startAttempt(_ request: SimulatedRequest) {
    if let stop = request.stop {
      request.stop = nil
      return start(request, table.start(&request.plan, at: stop, request.machine.place, now: now))
    }
    var place = request.machine.place
    while true {
      switch table.choose(&request.plan, place, full: queue.fullRows, now: now, using: &random) {
      case .start(let ticket): return start(request, ticket)
      case .needsPlace(let stop):
        guard !takePlace(request, stop) else { return }
        request.plan.passOver(stop)
        place = .otherTarget
      case nil: return perform(request.machine.refused(Failure(.queueFull)), request)
      }
    }
  }

  private mutating func takePlace(_ request: SimulatedRequest, _ stop: Int) -> Bool {
    switch queue.ask(for: [upstreamPlace], .init(loop: 0, slot: request.id)) {
    case .granted(let ticket):
      request.upstreamPlace = ticket
      start(request, table.start(&request.plan, at: stop, request.machine.place, now: now))
    case .waiting(let ticket, _):
      request.machine.mustQueue()
      wait(request, ticket, stop: stop)
    case .full: return false
    }
    return true
  }

  private func start(_ request: SimulatedRequest, _ ticket: AttemptTicket) {
    request.ticket = ticket
    request.hasTransfer = true
    request.silentAt = now + .seconds(5)
    if let stop = request.plan.current, request.machine.place != .otherKey { request.attempts[stop, default: 0] += 1 }
    if request.hasSent {
      request.attemptsAfterSending += 1
      if request.seeksAfter == nil { request.mistakes.append("is tried again behind its first bytes") }
    }
    request.machine.attemptStarted()
  }

  mutating func fail(_ request: SimulatedRequest, _ failure: AttemptFailure) {
    let target = failedTarget(request, failure)
    var ending = ClientEnding.failure(Failure(.upstreamDisconnected))
    if case .answered = failure { ending = .upstreamAnswer }
    let action = request.machine.attemptFailed(
      failure, ending: ending, isTransferRunning: request.hasTransfer,
      target: target, now: now, random: random.unit())
    endTransfer(request)
    perform(action, request)
  }

  mutating func breakStream(_ request: SimulatedRequest, _ code: ErrorCode) {
    let failure: AttemptFailure = code == .upstreamTimeout ? .silent : .reset
    let recovery = request.recovers ? failedTarget(request, failure) : nil
    if recovery != nil { request.seeksAfter = request.machine.broken?.code ?? code }
    if recovery == nil { close(request, .failure) }
    let action = request.machine.streamBroke(
      Failure(code), isTransferRunning: request.hasTransfer, recovery: recovery, now: now, random: random.unit())
    endTransfer(request)
    perform(action, request)
  }

  private mutating func failedTarget(_ request: SimulatedRequest, _ failure: AttemptFailure) -> FailedTarget {
    let offers = table.failed(request.ticket, failure, &request.plan, now: now)
    request.ticket = nil
    return FailedTarget(
      policy: request.plan.currentStop?.target.retry ?? RetryPolicy(), attempts: max(1, request.plan.currentAttempts),
      offers: offers)
  }

  mutating func close(_ request: SimulatedRequest, _ outcome: Breaker.Outcome) {
    if let ticket = request.ticket { table.ended(ticket, outcome, now: now) }
    request.ticket = nil
  }

  mutating func endTransfer(_ request: SimulatedRequest) {
    request.hasTransfer = false
    request.silentAt = nil
    give(&request.upstreamPlace)
  }

  private mutating func give(_ place: inout AdmissionQueue.Ticket?) {
    if let ticket = place { mail += queue.leave(ticket).map { ($0.0, $0.1) } }
    place = nil
  }

  mutating func finish(_ request: SimulatedRequest, _ end: ExchangeEnd) {
    request.ends += 1
    judge(end, request)
    close(request, end.reason == .completed ? .success : .unknown)
    endTransfer(request)
    give(&request.waitsFor)
    give(&request.requestPlace)
    request.stop = nil
    request.queueUntil = nil
    request.retryAt = nil
  }

  /// What an end must not do.
  private func judge(_ end: ExchangeEnd, _ request: SimulatedRequest) {
    if request.hasTransfer, !end.cancelsTransfer { request.mistakes.append("leaves its upstream working") }
    switch end.client {
    case .failure:
      if request.machine.isCommitted { request.mistakes.append("is to get a status behind its head") }
    case .inBand(let failure):
      if let first = request.seeksAfter, failure.code != first {
        request.mistakes.append("is told \(failure.code) of a stream that broke with \(first)")
      }
    case .upstreamAnswer:
      if request.hasSent { request.mistakes.append("is to get an answer behind part of another") }
    case .nothing, .whole, .stopped: break
    }
  }

  // MARK: - Chance

  mutating func chance(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }

  mutating func pick<Element>(_ list: [Element]) -> Element { list[chance(list.count)] }
}
