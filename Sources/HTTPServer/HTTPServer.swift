import Reactor
import Wire

/// The HTTP/1.1 server of one loop: a listening socket and its connections.
package final class HTTPServer {
  package let loop: EventLoop
  /// Applies to connections accepted from now on, and to the timers of all.
  package var options: ServerOptions
  unowned let delegate: any ServerDelegate
  private var listener: Listener?
  private let ledger: ConnectionLedger
  private var connections = SlotTable<ServerConnection>()
  private var idle = IdleQueue()
  /// Connections that wait for a request.
  var idleCount = 0
  /// Connections that are being told that there is no room for them.
  private var refusing = 0
  private var dateSeconds: Int64 = 0
  /// Status line and `Date` of a 200: what nearly every answer begins with.
  private var okLines: [UInt8] = []
  private var dateText: [UInt8] = []
  /// What TLS connections decrypt into; valid until the handler of the read returns.
  private(set) lazy var plaintext = ScratchBuffer()
  /// Bytes of request bodies that connections of this loop hold now.
  package internal(set) var bufferedBodyBytes = 0
  /// Whether connections close after the answer they are busy with.
  package private(set) var isDraining = false
  /// Connections turned away because there were too many, in all or from one address.
  package private(set) var refusedConnections = 0
  /// Idle connections closed to make room for others.
  package private(set) var evictedConnections = 0
  /// Connections of one loop that are told why there is no room for them; beyond them new ones are just closed.
  static let refusingMax = 64
  /// Idle connections that are looked at to find one that may be closed.
  private static let idleLooksMax = 16

  /// - Parameters:
  ///   - listening: a listening socket, which the server takes over; see `Syscalls.listen`.
  ///   - delegate: answers the requests; outlives the server.
  ///   - ledger: shared by servers that share their limits.
  package init(
    loop: EventLoop, listening: Int32, options: ServerOptions, delegate: any ServerDelegate,
    ledger: ConnectionLedger = ConnectionLedger()
  ) {
    self.loop = loop
    self.options = options
    self.delegate = delegate
    self.ledger = ledger
    listener = Listener(loop: loop, descriptor: listening) { [unowned self] in
      self.accepted($0, $1)
    } makeRoom: { [unowned self] in
      self.closeOldestIdle()
    }
  }

  /// Open connections.
  package var connectionCount: Int { connections.count }

  /// Connections closed as soon as they were accepted, because the process had no descriptor left.
  package var turnedAwayConnections: Int { listener?.turnedAway ?? 0 }

  /// From now on every connection closes with its current or next answer; new ones are still accepted.
  package func closeAfterAnswers() {
    isDraining = true
    connections.forEach { _, connection in connection.closeAfterAnswer() }
  }

  /// Takes no more connections, closes the idle ones, and the others after their current answer.
  package func drain() {
    isDraining = true
    listener?.close()
    listener = nil
    connections.forEach { _, connection in connection.drain() }
  }

  /// Cuts every connection.
  package func closeAll() {
    connections.forEach { _, connection in connection.abort() }
  }

  /// Appends the status line and the current date, whose text is made once a second.
  func appendStart(_ status: Int, to out: inout [UInt8]) {
    let seconds = Syscalls.wallClock().seconds
    if seconds != dateSeconds {
      dateSeconds = seconds
      dateText = HTTPDate.format(Int(seconds))
      okLines.removeAll(keepingCapacity: true)
      ResponseHeadWriter.appendStatusLine(200, to: &okLines)
      ResponseHeadWriter.appendDate(dateText, to: &okLines)
      ResponseHeadWriter.appendServer(to: &okLines)
    }
    guard status != 200 else { return out.append(contentsOf: okLines) }
    ResponseHeadWriter.appendStatusLine(status, to: &out)
    ResponseHeadWriter.appendDate(dateText, to: &out)
    ResponseHeadWriter.appendServer(to: &out)
  }

  func closed(_ connection: ServerConnection) {
    connections.remove(connection.id)
    if let network = connection.network { ledger.release(network) } else { refusing -= 1 }
  }

  private func accepted(_ descriptor: Int32, _ network: UInt64) {
    var verdict = admit(network)
    if verdict == .full, closeOldestIdle() { verdict = admit(network) }
    if verdict != .welcome {
      refusedConnections += 1
      guard refusing < HTTPServer.refusingMax else { return Syscalls.closeDescriptor(descriptor) }
      refusing += 1
    }
    let connection = ServerConnection(server: self, descriptor: descriptor)
    if let context = options.tls { connection.tls = TLSSession(context) }
    if verdict == .welcome { connection.network = network }
    connection.start(id: connections.insert(connection))
    switch verdict {
    case .welcome: becameIdle(connection)
    case .full: connection.refuse(.overloaded)
    case .crowded: connection.refuse(.crowded)
    }
  }

  private func admit(_ network: UInt64) -> ConnectionLedger.Verdict {
    ledger.admit(network, max: options.connectionsMax, perNetworkMax: options.connectionsPerAddressMax)
  }

  // MARK: - Idle connections

  /// The connection waits for a request from now on; if too many do, the one that has waited longest is closed.
  func becameIdle(_ connection: ServerConnection) {
    connection.idleTurn = idle.append(connection.id, connections: connections.count) { isIdle($0, since: $1) }
    if idleCount > options.idleConnectionsMax { _ = closeOldestIdle() }
  }

  private func isIdle(_ id: SlotID, since turn: UInt64) -> Bool {
    guard let connection = connections[id] else { return false }
    return connection.phase == .idle && connection.idleTurn == turn
  }

  /// - Returns: false when none is idle.
  private func closeOldestIdle() -> Bool {
    for _ in 0..<HTTPServer.idleLooksMax {
      guard let id = idle.popOldest(isCurrent: { isIdle($0, since: $1) }), let connection = connections[id] else {
        return false
      }
      guard connection.isQuiet else {
        // The client is still reading its last answer; it keeps a place in the queue.
        connection.idleTurn = idle.append(id, connections: connections.count) { isIdle($0, since: $1) }
        continue
      }
      evictedConnections += 1
      connection.closeInOrder()
      return true
    }
    return false
  }
}
