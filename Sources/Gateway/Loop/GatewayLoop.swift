import Config
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Upstream
import Wire

/// Somebody who has transfers and timers on the loop.
protocol LoopTask: AnyObject {
  func headReceived(_ head: UpstreamHead)
  /// - Returns: false when the bytes cannot be taken now.
  func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool
  func transferEnded(_ end: TransferEnd)
  func timerFired()
  /// Time to see that a deadline far ahead is not missed.
  func sweep()
  /// The client that waits for the outcome has gone.
  func clientLeft()
  /// The client has caught up with what was written to it.
  func outputDrained()
}

extension LoopTask {
  func headReceived(_ head: UpstreamHead) {}
  func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool { true }
  func transferEnded(_ end: TransferEnd) {}
  func timerFired() {}
  func sweep() {}
  func clientLeft() {}
  func outputDrained() {}
}

extension Exchange: LoopTask {}

/// One loop of the gateway: its server, its transfers, its running requests.
///
/// Everything here runs on the loop. Other threads reach it through `mailbox` alone.
final class GatewayLoop {
  let loop: EventLoop
  let process: GatewayProcess
  let mailbox: Mailbox<GatewayMessage>
  private(set) var snapshot: Snapshot
  private(set) var routes: RouteCache
  var tasks = SlotTable<any LoopTask>()
  private let running = RunningRequests()
  /// How many of the tasks are relayed requests.
  private(set) var exchangeCount = 0
  var ended = EndedRequests()
  var metrics = LoopMetrics()
  var random = BufferedRandom()
  var pending: [UInt64: PendingQuestion] = [:]
  /// What goes on when the store answers.
  var storeCalls: [UInt64: (any Sendable) -> Void] = [:]
  var nextTicket: UInt64 = 0
  var isDraining = false
  private var isQuiet = false
  private var isSweeping = false
  /// The slot at which the next slice of the sweep begins.
  private var swept = 0
  /// Requests so far: now, and at the last sweep.
  private var begun = 0
  private var begunBySweep = 0
  private var probes: [HealthProbe] = []
  let logLine = LogLine()
  private var drainTimer = TimerID.none
  private(set) lazy var client = UpstreamClient(loop: loop, delegate: self)
  private(set) var server: HTTPServer?

  init(loop: EventLoop, process: GatewayProcess, mailbox: Mailbox<GatewayMessage>, snapshot: Snapshot) {
    self.loop = loop
    self.process = process
    self.mailbox = mailbox
    self.snapshot = snapshot
    routes = RouteCache(snapshot.routes)
  }

  /// Called once, on the loop.
  func start(listening: Int32) {
    mailbox.attach(to: loop) { [unowned self] in self.receive($0) }
    server = HTTPServer(
      loop: loop, listening: listening, options: serverOptions(), delegate: self, ledger: process.ledger)
    probes = HealthProbe.startAll(self)
  }

  private func serverOptions() -> ServerOptions {
    let configuration = snapshot.configuration
    let limits = configuration.limits
    return ServerOptions(
      request: RequestLimits(
        headBytesMax: limits.headBytesMax, headersMax: limits.headersMax,
        targetBytesMax: Limits.targetBytesMax, bodyBytesMax: limits.bodyBytesMax),
      headerTimeout: configuration.client.headerTimeout, bodyTimeout: configuration.client.bodyTimeout,
      idleTimeout: configuration.client.idleTimeout, writeStall: Limits.clientWriteStall, linger: Limits.clientLinger,
      servesHalfClosed: configuration.client.halfClose == .serve,
      connectionsMax: process.connectionsMax(limits), connectionsPerAddressMax: limits.connectionsPerAddressMax,
      idleConnectionsMax: max(1, limits.idleConnectionsMax / process.loopCount),
      pipelinedBytesMax: Limits.pipelinedBytesMax, bufferedBodyBytesMax: Limits.bufferedBodyBytesPerLoopMax,
      highWater: Limits.clientQueueHighWater, lowWater: Limits.clientQueueLowWater,
      tls: snapshot.tls)
  }

  private func receive(_ message: GatewayMessage) {
    switch message {
    case .swap(let snapshot):
      self.snapshot = snapshot
      routes = RouteCache(snapshot.routes)
      server?.options = serverOptions()
      for probe in probes { probe.stop() }
      probes = HealthProbe.startAll(self)
    case .drain: drain()
    case .leave: leave()
    // One that has ended meanwhile has given its place back itself.
    case .placeGranted(let ticket, let slot): (tasks[SlotID(rawValue: slot)] as? Exchange)?.placeGranted(ticket)
    case .stored(let reply, let ticket): received(stored: reply, ticket: ticket)
    case .responseGrew(let slot): (tasks[SlotID(rawValue: slot)] as? ResponseFollower)?.grown()
    case .question(let question, let ticket, let from):
      process.post(.answer(answer(question), ticket: ticket), to: from)
    case .answer(let answer, let ticket): received(answer, ticket: ticket)
    }
  }

  // MARK: - Exchanges

  func begin(_ exchange: Exchange, on connection: ServerConnection) {
    exchange.slot = tasks.insert(exchange)
    running.began(exchange.slot, id: exchange.id.bytes)
    connection.owner = exchange.slot
    exchangeCount += 1
    begun &+= 1
    if !isSweeping { scheduleSweep() }
    metrics.runningRequests += 1
    exchange.begin()
  }

  /// Slices of one sweep over all requests: looking at ten thousand at once would keep everybody waiting.
  private var sweepSlices: Int { min(Limits.sweepSlicesMax, max(1, tasks.slotCount / Limits.sweepSliceMin)) }

  private func scheduleSweep() {
    isSweeping = true
    _ = loop.schedule(self, tag: GatewayLoop.sweepTag, at: loop.now + Limits.deadlineSweep / sweepSlices)
  }

  private func sweep() {
    isSweeping = false
    guard exchangeCount > 0 || begun != begunBySweep else {
      // After a second without a request, less where there were many: what the last ones needed may be free.
      return Syscalls.trimMemory()
    }
    begunBySweep = begun
    let (count, slices) = (tasks.slotCount, sweepSlices)
    let end = min(swept + (count + slices - 1) / slices, count)
    tasks.forEach(in: swept..<end) { $1.sweep() }
    swept = end < count ? end : 0
    scheduleSweep()
  }

  /// All relayed requests; for what is asked rarely.
  var exchanges: [Exchange] {
    var found: [Exchange] = []
    tasks.forEach { _, task in
      if let exchange = task as? Exchange { found.append(exchange) }
    }
    return found
  }

  /// The exchange is over: it is forgotten as a running one and remembered as an ended one.
  func ended(_ exchange: Exchange, _ reason: EndReason) {
    tasks.remove(exchange.slot)
    running.ended(exchange.slot)
    exchangeCount -= 1
    let record = exchange.record(now: loop.now)
    metrics.runningRequests -= 1
    if exchange.sendsEvents { metrics.relayedEvents += record.events }
    metrics.resumedStreams += exchange.editor?.joints ?? 0
    metrics.relayedBytes += exchange.bytesSent
    metrics.requestEnded(exchange.request.endpoint.kind, outcome: reason.index, after: record.age)
    log(exchange, record)
    ended.remember(record, now: loop.now)
    checkDrained()
  }

  // MARK: - Drain

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    server?.closeAfterAnswers()
    drainTimer = loop.schedule(
      self, tag: GatewayLoop.drainTag, at: loop.now + snapshot.configuration.drain)
    for exchange in exchanges { exchange.drain() }
    checkDrained()
  }

  /// No slot has this id: generation 0 is never handed out.
  private static let drainTag: UInt64 = 1
  private static let exitTag: UInt64 = 2
  private static let sweepTag: UInt64 = 3
  /// For last bytes to leave the sockets.
  private static let exitGrace = Duration.milliseconds(200)
  /// For slow readers, once everything is over.
  private static let exitPatience = Duration.seconds(5)

  /// Connections stay open until every loop has finished, so that whoever comes meanwhile is told why not.
  func checkDrained() {
    guard isDraining, !isQuiet, exchangeCount == 0 else { return }
    isQuiet = true
    loop.cancel(drainTimer)
    process.loopIsQuiet()
  }

  private func leave() {
    server?.drain()
    for probe in probes { probe.stop() }
    leavingSince = loop.now
    // Answers that have just ended are still on their way out.
    _ = loop.schedule(self, tag: GatewayLoop.exitTag, at: loop.now + GatewayLoop.exitGrace)
  }

  private func drainTimerFired() {
    for exchange in exchanges { exchange.drainLimitPassed() }
    checkDrained()
  }

  private var leavingSince = Instant.now

  private func exit() {
    if let server, server.connectionCount > 0, loop.now - leavingSince < GatewayLoop.exitPatience {
      _ = loop.schedule(self, tag: GatewayLoop.exitTag, at: loop.now + GatewayLoop.exitGrace)
      return
    }
    server?.closeAll()
    process.loopHasLeft()
  }
}

extension GatewayLoop: TimerHandler {
  func timerFired(_ tag: UInt64) {
    switch tag {
    case GatewayLoop.drainTag: drainTimerFired()
    case GatewayLoop.exitTag: exit()
    case GatewayLoop.sweepTag: sweep()
    default: tasks[SlotID(rawValue: tag)]?.timerFired()
    }
  }
}

extension GatewayLoop: TransferDelegate {
  func transferReceivedHead(_ owner: SlotID, _ head: UpstreamHead) { tasks[owner]?.headReceived(head) }

  func transferReceivedBody(_ owner: SlotID, _ bytes: UnsafeRawBufferPointer) -> Bool {
    tasks[owner]?.bodyReceived(bytes) ?? true
  }

  func transferEnded(_ owner: SlotID, _ end: TransferEnd) { tasks[owner]?.transferEnded(end) }
}
