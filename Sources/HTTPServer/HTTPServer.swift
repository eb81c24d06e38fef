import Reactor
import Wire

/// The HTTP/1.1 server of one loop: a listening socket and its connections.
package final class HTTPServer {
  package let loop: EventLoop
  /// Applies to connections accepted from now on, and to the timers of all.
  package var options: ServerOptions
  unowned let delegate: any ServerDelegate
  private var listener: Listener?
  private var connections = SlotTable<ServerConnection>()
  private var dateSeconds: Int64 = 0
  private var dateText: [UInt8] = []
  /// Bytes of request bodies that connections of this loop hold now.
  var bufferedBodyBytes = 0
  /// Whether connections close after the answer they are busy with.
  package private(set) var isDraining = false
  /// Connections turned away because there were too many.
  package private(set) var refusedConnections = 0

  /// - Parameters:
  ///   - listening: a listening socket, which the server takes over; see `Syscalls.listen`.
  ///   - delegate: answers the requests; outlives the server.
  package init(loop: EventLoop, listening: Int32, options: ServerOptions, delegate: any ServerDelegate) {
    self.loop = loop
    self.options = options
    self.delegate = delegate
    listener = Listener(loop: loop, descriptor: listening) { [unowned self] in self.accepted($0) }
  }

  /// Open connections.
  package var connectionCount: Int { connections.count }

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

  /// The current date as header fields carry it, made once a second.
  var date: [UInt8] {
    let seconds = Syscalls.wallClock().seconds
    if seconds != dateSeconds {
      dateSeconds = seconds
      dateText = HTTPDate.format(Int(seconds))
    }
    return dateText
  }

  func closed(_ id: SlotID) { connections.remove(id) }

  private func accepted(_ descriptor: Int32) {
    let connection = ServerConnection(server: self, descriptor: descriptor)
    let isWelcome = connections.count < options.connectionsMax
    connection.start(id: connections.insert(connection))
    if !isWelcome {
      refusedConnections += 1
      connection.refuse(.overloaded)
    }
  }
}
