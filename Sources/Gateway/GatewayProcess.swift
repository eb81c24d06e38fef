import Config
import Dispatch
import HTTPServer
import Policy
import Reactor
import Store
import Synchronization
import Telemetry

/// Why the gateway cannot run.
package struct StartFailure: Error {
  /// What failed and why, such as an address in use.
  package let message: String
}

extension StartFailure {
  fileprivate init(_ failure: StoreFailure, path: String) {
    message = "the state in '\(path)' cannot be used: \(failure)"
  }
}

/// The gateway of a process: builds its loops from a configuration, swaps configurations, shuts down.
///
/// All stored properties are immutable or guarded by the mutex; the loops take care of themselves.
package final class GatewayProcess: Sendable {
  /// Connections that the kernel holds ready for one listening socket.
  static let backlog: Int32 = 4096

  /// What changes after the start.
  private struct Shared {
    var loops: [EventLoop] = []
    var mailboxes: [Mailbox<GatewayMessage>] = []
    var configuration: Configuration
    /// Made from the configuration; kept while that part of it stays, so that clients can resume their sessions.
    var tls: TLSContext?
    /// Names by metric row; a name keeps its row for the life of the process.
    var upstreamNames: [String] = []
    /// Loops that still have requests, and loops that still have connections.
    var loopsBusy = 0
    var loopsOpen = 0
    var onDrained: (@Sendable () -> Void)?
  }

  let log: LogSink
  /// Unix seconds.
  let startedAt: Double
  let loopCount: Int
  /// Client connections of all loops.
  let ledger = ConnectionLedger()
  /// Descriptors that the process may have open.
  let descriptorsMax: Int
  let board = HealthBoard()
  let desk = AdmissionDesk()
  /// What outlives a request.
  let store: StateStore
  let watch = ResponseWatch()
  private let shared: Mutex<Shared>

  /// - Parameter logDescriptor: an open descriptor that takes the log lines; it stays the caller's.
  /// - Throws: when what was stored cannot be opened.
  package init(configuration: Configuration, logDescriptor: Int32) throws(StartFailure) {
    do throws(StoreFailure) {
      store = try StateStore(
        StoreOptions(path: configuration.state.path, bytesMax: configuration.state.bytesMax))
    } catch {
      throw StartFailure(error, path: configuration.state.path)
    }
    log = LogSink(descriptor: logDescriptor, bytesMax: Limits.logQueueBytesMax)
    let (seconds, milliseconds) = Syscalls.wallClock()
    startedAt = Double(seconds) + Double(milliseconds) / 1000
    descriptorsMax = Syscalls.raiseDescriptorLimit()
    let wanted = configuration.listen.loops
    loopCount = wanted > 0 ? wanted : ProcessorCount.usable
    shared = Mutex(Shared(configuration: configuration, tls: try GatewayProcess.context(configuration)))
  }

  /// Makes sure that a gateway with these options could keep its state, without touching it.
  package static func check(_ options: StateOptions) throws(StartFailure) {
    do throws(StoreFailure) {
      try StateStore.check(path: options.path)
    } catch {
      throw StartFailure(error, path: options.path)
    }
  }

  /// Binds the address and starts the loops.
  ///
  /// - Returns: the port in use, which is a free one if 0 was configured.
  package func start() throws(StartFailure) -> UInt16 {
    do throws(SystemError) {
      return try startLoops()
    } catch {
      throw StartFailure(message: error.description)
    }
  }

  private func startLoops() throws(SystemError) -> UInt16 {
    Syscalls.ignoreBrokenPipes()
    Syscalls.limitHeaps(loopCount)
    CrashReport.install()
    let configuration = shared.withLock { $0.configuration }
    let host = configuration.listen.host
    var port = UInt16(configuration.listen.port)
    guard !Syscalls.isTaken(host: host, port: port) else { throw SystemError.addressInUse("\(host):\(port)") }
    let snapshot = makeSnapshot(configuration)
    for index in 0..<loopCount {
      let listening = try Syscalls.listen(host: host, port: port, backlog: GatewayProcess.backlog)
      if port == 0 { port = Syscalls.localPort(listening) }
      let loop = try EventLoop(index: index)
      let mailbox = try Mailbox<GatewayMessage>(capacity: Limits.mailboxMessagesMax)
      shared.withLock {
        $0.mailboxes.append(mailbox)
        $0.loops.append(loop)
      }
      loop.start { [self] loop in
        let gateway = GatewayLoop(loop: loop, process: self, mailbox: mailbox, snapshot: snapshot)
        loop.resident = gateway
        gateway.start(listening: listening)
      }
    }
    return port
  }

  /// Requests that begin from now on follow this configuration. Address and number of loops stay as they are.
  ///
  /// - Throws: when there is no memory for its certificate; everything stays as it was.
  package func reload(_ configuration: Configuration) throws(StartFailure) {
    let hasNewTLS = self.configuration.listen.tls != configuration.listen.tls
    let tls = hasNewTLS ? try GatewayProcess.context(configuration) : nil
    shared.withLock {
      $0.configuration = configuration
      if hasNewTLS { $0.tls = tls }
    }
    let snapshot = makeSnapshot(configuration)
    for index in 0..<loopCount { post(.swap(snapshot), to: index) }
    desk.limitsChanged(self)
    // Reading a configuration takes many times what is kept of it.
    Syscalls.trimMemory()
  }

  /// The configuration in force.
  package var configuration: Configuration { shared.withLock { $0.configuration } }

  /// Takes no new work, lets running requests end within the drain limit, then calls `completion`.
  package func drain(_ completion: @escaping @Sendable () -> Void) {
    shared.withLock {
      $0.onDrained = completion
      $0.loopsBusy = loopCount
      $0.loopsOpen = loopCount
    }
    for index in 0..<loopCount { post(.drain, to: index) }
  }

  /// Writes out what the log still holds, for the end of the process.
  package func flushLog() { _ = log.flush() }

  /// Writes out what is still to be stored, for the end of the process.
  package func closeStore() { store.close() }

  // MARK: - For the loops

  /// Client connections at once. A quarter of the descriptors is left for what they want: connections to upstreams.
  func connectionsMax(_ limits: LimitOptions) -> Int { min(limits.connectionsMax, max(1, descriptorsMax / 4 * 3)) }

  var upstreamNames: [String] { shared.withLock { $0.upstreamNames } }

  /// - Returns: false when the loop's mailbox is full.
  @discardableResult
  func post(_ message: GatewayMessage, to index: Int) -> Bool {
    let mailbox = shared.withLock { index < $0.mailboxes.count ? $0.mailboxes[index] : nil }
    return mailbox?.post(message, beyondCapacity: !message.isQuestion) ?? false
  }

  /// One loop has no request any more, and takes none.
  func loopIsQuiet() {
    let isLast = shared.withLock {
      $0.loopsBusy -= 1
      return $0.loopsBusy == 0
    }
    guard isLast else { return }
    for index in 0..<loopCount { post(.leave, to: index) }
  }

  /// One loop has closed its connections.
  func loopHasLeft() {
    let completion: (@Sendable () -> Void)? = shared.withLock {
      $0.loopsOpen -= 1
      return $0.loopsOpen == 0 ? $0.onDrained : nil
    }
    completion?()
  }

  private func makeSnapshot(_ configuration: Configuration) -> Snapshot {
    let rows = shared.withLock { shared in
      configuration.upstreams.map { upstream in
        if let row = shared.upstreamNames.firstIndex(of: upstream.name) { return row }
        shared.upstreamNames.append(upstream.name)
        return shared.upstreamNames.count - 1
      }
    }
    let routes = RouteTable(configuration, board: board, desk: desk)
    return Snapshot(configuration, metricRows: rows, routes: routes, tls: shared.withLock { $0.tls })
  }

  private static func context(_ configuration: Configuration) throws(StartFailure) -> TLSContext? {
    guard let options = configuration.listen.tls else { return nil }
    do throws(CertificateMistake) {
      return try ServerCertificate.context(options)
    } catch {
      throw StartFailure(message: "`\(error.isInKey ? options.keyFile : options.certFile)`: \(error.message)")
    }
  }
}
