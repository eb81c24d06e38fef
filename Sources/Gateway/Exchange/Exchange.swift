import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Upstream
import Wire

/// Drives one relayed request: does what its `ExchangeMachine` says, and tells it what happened.
///
/// Lives on one loop from the complete request to the last byte of the answer. The loop's table owns it; transfers and
/// timers know it by its slot id.
final class Exchange {
  /// What is done with the body of the upstream's answer.
  enum Mode {
    /// No head yet.
    case waiting
    /// An error answer is collected, because the retry decision needs its code.
    case error
    /// A short JSON answer is held until it is whole: it can then be retried, compressed and sent with its length.
    case hold
    /// An event stream.
    case events
    /// Anything else, passed on as it comes.
    case bytes
    /// Everything has come; the client gets the last of it once it is stored.
    case keeping
  }

  /// Lives as long as the process; a counted reference would be paid for with each event.
  unowned(unsafe) let gateway: GatewayLoop
  let snapshot: Snapshot
  let id: RequestID
  let owner: Owner
  let request: RelayRequest
  let route: Route
  /// Where the current attempt goes; before the first one, where it will most likely go.
  var target: Target
  var plan: RoutePlan
  /// The stop of the plan that `target` is; `nil` before the first attempt.
  var aimedAt: Int?
  /// The current attempt in the books of the `HealthBoard`.
  var ticket: AttemptTicket?
  /// Upstreams and results of the attempts that have failed, for the log.
  var trail = ""
  /// Whether the current attempt has been answered, as far as the books go.
  var isAnswered = false
  /// Places held and waited for, where the number of running requests is limited.
  var requestPlace: AdmissionQueue.Ticket?
  var upstreamPlace: AdmissionQueue.Ticket?
  var queueWait: QueueWait?
  /// The stop of the plan whose place has just been granted.
  var grantedStop: Int?
  let createdAt: Int
  let start: Instant
  /// `nil` once the client has gone or has its whole answer.
  var connection: ServerConnection?
  var slot = SlotID.none
  var machine: ExchangeMachine
  var mode = Mode.waiting
  var transfer = TransferID.none
  var demo: DemoRun?
  var head = UpstreamHead()
  var relay = EventRelay()
  /// Made when it is first needed: an answer in one piece needs none.
  private(set) var watched: StreamTap?
  /// What it goes on from and where its answer is kept; `nil` for what is no request of the responses API.
  var turn: ResponseTurn?
  /// The response as a stop has left it.
  var stoppedAnswer: [UInt8]?
  /// How the current attempt asks its target, where that does not have the client's API.
  var translation: Translation?
  /// The body that its target is sent, where it is not the one that the client wrote.
  var adaptedBody: [UInt8]?
  /// Decides about single events, where they are not just passed on.
  var editor: StreamEditor?
  /// Whether the next attempt asks its target to go on from the text that the client has.
  var isContinuing = false
  /// Bytes kept before the commit, or of an error or held answer.
  var kept: [UInt8] = []
  var keptIsCut = false
  var timing: ExchangeTiming
  var clock = ExchangeClock()
  /// Events that carry data, and body bytes, that went to the client.
  var bytesSent = 0
  var httpStatus: Int?
  var failure: Failure?
  var blocking: BlockingPeek?
  /// Whether the response head that went out began an event stream.
  var sendsEvents = false
  /// Whether the response head that went out began a JSON answer that white space keeps alive.
  var sendsSpace = false

  init(
    gateway: GatewayLoop, snapshot: Snapshot, connection: ServerConnection, id: RequestID, owner: Owner,
    request: RelayRequest, route: Route
  ) {
    self.gateway = gateway
    self.snapshot = snapshot
    self.connection = connection
    self.id = id
    self.owner = owner
    self.request = request
    self.route = route
    target = route.firstTarget
    plan = route.plan
    start = connection.requestStart
    createdAt = Int(Syscalls.wallClock().seconds)
    timing = ExchangeTiming(start: connection.requestStart)
    machine = ExchangeMachine(
      clientRetries: request.clientRetries, deadline: connection.requestStart + route.firstTarget.timeouts.total)
  }

  /// The watch over the stream of the current attempt.
  var tap: StreamTap {
    if let watched { return watched }
    let made = StreamTap(request, speaking: translation?.api, mask: mask)
    watched = made
    return made
  }

  func watchAnew() { watched = nil }

  var upstreamName: String { snapshot.upstreamNames[target.upstream] }

  var upstream: UpstreamOptions { snapshot.configuration.upstreams[target.upstream] }

  /// Keeps the credentials of the upstream in use from the client; the demo has none.
  var mask: SecretMask? { snapshot.accesses[target.upstream]?.mask }

  /// The fallback that answered in place of the model that was asked for.
  var fallback: String? {
    guard let index = plan.current, plan.stops[index].entry != .own else { return nil }
    return plan.stops[index].model
  }

  /// What the client is told about the request, and what is remembered of it.
  func record(now: Instant) -> RequestRecord {
    let usage = watched?.usage ?? blocking?.usage
    var status = RequestRecord.Status.finished
    var reason: EndReason?
    switch machine.state {
    case .queued: status = .queued
    case .planning, .attempting: status = .attempting
    case .waiting: status = .waiting
    case .streaming: status = .streaming
    case .finished(let ended): reason = ended
    }
    return RequestRecord(
      id: id, answerID: answerID, owner: owner,
      endpoint: request.endpoint.kind.label,
      model: request.model, upstream: upstreamName, status: status, endReason: reason, httpStatus: httpStatus,
      isStream: request.wantsStream, attempts: machine.attempts, events: watched?.events ?? 0,
      inputTokens: usage?.prompt, outputTokens: usage?.completion, createdAt: createdAt, age: now - start)
  }

  /// The id that the client has seen, or will, in the answer.
  private var answerID: String? {
    if let turn, turn.isInBackground { return turn.ids.response }
    return editor?.translator?.answerID ?? watched?.answerID ?? blocking?.id
  }

  // MARK: - Signals

  func begin() {
    guard let turn else { return enter() }
    guard turn.needsHistory else { return enter(turn) }
    armTimer()
    recall(turn)
  }

  func clientLeft() {
    connection = nil
    perform(machine.clientLeft())
  }

  /// - Returns: false where it is too late: the answer is whole, and is only being stored.
  @discardableResult
  func stop() -> Bool {
    guard mode != .keeping else { return false }
    perform(machine.stop())
    return true
  }

  func drain() { perform(machine.drain()) }

  func drainLimitPassed() {
    if mode != .keeping { perform(machine.drainLimitPassed()) }
  }

  /// The client has caught up.
  func outputDrained() {
    timing.lastProgress = gateway.loop.now
    if transfer != .none { gateway.client.resume(transfer) }
    if !machine.isFinished { armTimer() }
  }

  func perform(_ action: ExchangeAction) {
    switch action {
    case .none: break
    case .plan: startAttempt()
    case .wait(let duration):
      timing.retryAt = gateway.loop.now + duration
      armTimer()
    case .commit:
      commit()
      if case .streaming = machine.state { noteAnswered() }
      armTimerIfNear()
    case .end(let end): finish(end)
    }
  }

  var isTransferRunning: Bool { transfer != .none || demo != nil }

  /// Whether there is a head of the current attempt that the client's answer can be made of.
  var hasAnswerHead: Bool {
    switch machine.state {
    // A held JSON answer is sent whole or not at all; a stream that is stopped meanwhile needs a head of its own.
    case .attempting, .streaming, .finished: head.isComplete && head.status < 400 && mode != .hold
    case .queued, .planning, .waiting: false
    }
  }

  var metricRow: Int { snapshot.metricRows[target.upstream] }
}
