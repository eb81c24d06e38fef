import Policy
import Reactor
import Time

/// Plain HTTP/1.1 to upstreams, on one loop: requests in, transfer events out, connections kept for the next request.
final class HTTP1Client: TimerHandler, TurnHandler {
  let loop: EventLoop
  /// Lives as long as the loop; a counted reference would be paid for with each event.
  unowned(unsafe) let delegate: any TransferDelegate
  private let resolver: NameResolver
  private(set) var transfers = SlotTable<HTTP1Transfer>()
  /// Connections without a request, by origin, of which there are few; in each the one used last is at the end.
  private var idle: [(origin: Origin, connections: [HTTP1Connection])] = []
  private(set) var idleCount = 0
  private var idleTimer = TimerID.none
  /// Transfers that failed before `start` returned, and those that may go on: told at the end of the turn.
  private var failures: [(SlotID, TransferFailure)] = []
  private var resumed: [SlotID] = []
  /// Connections with more to read than one event may.
  private var readable: [HTTP1Connection] = []
  private var isTurnEndDue = false

  /// For how long after its first byte a request on a kept connection may turn out to have met a closed one. The news
  /// takes one way through the network.
  var staleFor = Duration.seconds(1)
  /// How long a connection without a request is kept.
  var idleFor = Limits.upstreamIdleTimeout

  init(loop: EventLoop, delegate: any TransferDelegate, resolver: NameResolver) {
    self.loop = loop
    self.delegate = delegate
    self.resolver = resolver
  }

  var transferCount: Int { transfers.count }
  /// Requests that were sent once more because a kept-alive connection was found closed.
  private(set) var resentCount = 0

  // MARK: - Commands

  func start(_ spec: TransferSpec, owner: SlotID) -> SlotID {
    let transfer = HTTP1Transfer(spec: spec, owner: owner)
    transfer.id = transfers.insert(transfer)
    if let connection = takeIdle(spec.origin) {
      connection.begin(transfer, isReused: true)
    } else {
      connect(transfer)
    }
    return transfer.id
  }

  func cancel(_ id: SlotID) {
    guard let transfer = transfers.remove(id) else { return }
    transfer.owner = .none
    loop.cancel(transfer.timer)
    transfer.connection?.abandon()
    transfer.connection = nil
  }

  func detach(_ id: SlotID) {
    guard let transfer = transfers[id], transfer.owner != .none else { return }
    guard let connection = transfer.connection, connection.hasHead else { return cancel(id) }
    transfer.owner = .none
    connection.owner = .none
    transfer.discardLeft = UpstreamClient.detachedBytesMax
    if connection.isReading {
      // What is needed may have come already; the connection says so when it has read on.
      connection.mustArmDrain = true
    } else {
      armDrain(transfer)
      connection.resume()
    }
  }

  func armDrain(_ transfer: HTTP1Transfer) {
    transfer.timer = loop.schedule(self, tag: transfer.id.rawValue, at: loop.now + UpstreamClient.detachedFor)
  }

  func resume(_ id: SlotID) {
    guard transfers[id]?.connection?.isPaused == true else { return }
    resumed.append(id)
    needTurnEnd()
  }

  // MARK: - Events of the loop

  func timerFired(_ tag: UInt64) {
    if tag == 0 { return closeAged() }
    guard let transfer = transfers[SlotID(rawValue: tag)] else { return }
    transfer.timer = .none
    if transfer.owner == .none { return cancel(transfer.id) }
    ended(transfer, .failed(TransferFailure(kind: .unreachable, message: "the host name was not resolved in time")))
  }

  func turnEnded() {
    isTurnEndDue = false
    let failed = failures
    failures = []
    for (id, failure) in failed {
      if let transfer = transfers[id] { ended(transfer, .failed(failure)) }
    }
    let ready = resumed
    resumed = []
    for id in ready { transfers[id]?.connection?.resume() }
    let unread = readable
    readable = []
    for connection in unread { connection.readOn() }
  }

  func readLater(_ connection: HTTP1Connection) {
    readable.append(connection)
    needTurnEnd()
  }

  private func needTurnEnd() {
    guard !isTurnEndDue else { return }
    isTurnEndDue = true
    loop.atEndOfTurn(self)
  }

  // MARK: - Connections

  private func connect(_ transfer: HTTP1Transfer) {
    let origin = transfer.spec.origin
    let host = origin.resolvableHost
    transfer.connectDeadline = loop.now + transfer.spec.connectTimeout
    if let addresses = resolver.known(host, origin.port) { return open(transfer, addresses) }
    let id = transfer.id
    transfer.timer = loop.schedule(self, tag: id.rawValue, at: transfer.connectDeadline)
    resolver.resolve(host, origin.port) { [unowned self] answer in
      // Whoever cancelled meanwhile has taken the transfer out.
      guard let transfer = self.transfers[id] else { return }
      self.loop.cancel(transfer.timer)
      transfer.timer = .none
      switch answer {
      case .success(let addresses): self.open(transfer, addresses)
      case .failure(let failure):
        let message = "the host name cannot be resolved: \(failure.message)"
        self.ended(transfer, .failed(TransferFailure(kind: .unreachable, message: message)))
      }
    }
  }

  private func open(_ transfer: HTTP1Transfer, _ addresses: [SocketAddress]) {
    let connection = HTTP1Connection(client: self, origin: transfer.spec.origin, addresses: addresses)
    connection.begin(transfer, isReused: false)
  }

  private func takeIdle(_ origin: Origin) -> HTTP1Connection? {
    for index in idle.indices where idle[index].origin.sharesConnections(with: origin) {
      guard let connection = idle[index].connections.popLast() else { return nil }
      idleCount -= 1
      return connection
    }
    return nil
  }

  /// A connection has answered in full and can be used again.
  func keep(_ connection: HTTP1Connection) {
    guard idleCount < Limits.upstreamConnectionsPerLoopMax else { return connection.close() }
    if let index = idle.firstIndex(where: { $0.origin.sharesConnections(with: connection.origin) }) {
      idle[index].connections.append(connection)
    } else {
      idle.append((connection.origin, [connection]))
    }
    idleCount += 1
    guard idleTimer == .none else { return }
    idleTimer = loop.schedule(self, tag: 0, at: loop.now + idleFor)
  }

  /// An idle connection was closed by its upstream, or spoke out of turn.
  func idleEnded(_ connection: HTTP1Connection) {
    if let pool = idle.firstIndex(where: { $0.origin.sharesConnections(with: connection.origin) }),
      let index = idle[pool].connections.lastIndex(where: { $0 === connection })
    {
      idle[pool].connections.remove(at: index)
      idleCount -= 1
    }
    connection.close()
  }

  private func closeAged() {
    idleTimer = .none
    var next: Instant?
    for index in idle.indices {
      let aged = idle[index].connections.prefix { loop.now - $0.idleSince >= idleFor }
      for connection in aged { connection.close() }
      idleCount -= aged.count
      idle[index].connections.removeFirst(aged.count)
      guard let oldest = idle[index].connections.first else { continue }
      next = min(next ?? oldest.idleSince, oldest.idleSince)
    }
    // Origins of earlier configurations go with their last connection.
    idle.removeAll { $0.connections.isEmpty }
    if let next { idleTimer = loop.schedule(self, tag: 0, at: next + idleFor) }
  }

  // MARK: - Ends of transfers

  /// A kept-alive connection was closed before it brought a byte: the upstream had closed it before the request came,
  /// as far as anyone can tell. The request is sent once more, over a new connection, for which that is no excuse.
  func repeatOnNewConnection(_ transfer: HTTP1Transfer) {
    transfer.connection = nil
    resentCount &+= 1
    connect(transfer)
  }

  /// Tells the owner later: `start` has not returned yet.
  func failLater(_ transfer: HTTP1Transfer, _ failure: TransferFailure) {
    failures.append((transfer.id, failure))
    needTurnEnd()
  }

  func ended(_ transfer: HTTP1Transfer, _ end: TransferEnd) {
    guard transfers.remove(transfer.id) != nil else { return }
    transfer.connection = nil
    loop.cancel(transfer.timer)
    if transfer.owner != .none { delegate.transferEnded(transfer.owner, end) }
  }
}
