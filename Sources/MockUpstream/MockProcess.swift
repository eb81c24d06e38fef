import Reactor
import Synchronization

/// A running mock: its loops, all on one port, and the server of each. Lives as long as the process.
final class MockProcess: Sendable {
  /// Where it can be reached.
  let url: String
  private let loops: [EventLoop]
  private let keeper: ServerKeeper

  /// Binds the port and starts serving.
  init(_ options: Options) throws {
    _ = Syscalls.raiseDescriptorLimit()
    guard !Syscalls.isTaken(host: options.host, port: UInt16(options.port)) else {
      throw ScenarioFailure(message: "\(options.host):\(options.port) is taken")
    }
    let recorder = Recorder()
    let shared = MockServer.Shared()
    let keeper = ServerKeeper()
    var loops: [EventLoop] = []
    var port = UInt16(options.port)
    for index in 0..<options.loops {
      let listening = try Syscalls.listen(host: options.host, port: port, backlog: 4096)
      port = Syscalls.localPort(listening)
      let loop = try EventLoop(index: index)
      loop.start {
        keeper.keep(
          MockServer(
            loop: $0, listening: listening, recorder: recorder, shared: shared, closes: options.closes))
      }
      loops.append(loop)
    }
    self.keeper = keeper
    self.loops = loops
    url = "http://\(options.host.contains(":") ? "[\(options.host)]" : options.host):\(port)"
  }
}

/// Keeps the servers alive. Each is used by its own loop only, which is why handing them over is sound.
private final class ServerKeeper: @unchecked Sendable {
  private let lock = Mutex(())
  private var servers: [MockServer] = []

  func keep(_ server: MockServer) {
    lock.withLock { _ in servers.append(server) }
  }
}
