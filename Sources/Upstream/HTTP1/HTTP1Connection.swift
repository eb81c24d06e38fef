import Glibc
import Reactor
import Time
import Wire

/// One connection to an upstream: is made, carries one request at a time, and waits for the next (RFC 9112 section 9).
///
/// Registered once for reading and left so: a request on a warm connection costs one write, one read, and nothing in
/// between. `HTTP1Connection+Reading` has the answer's side.
final class HTTP1Connection: EventHandler, TimerHandler {
  /// Reads after which the other connections have their turn.
  static let readsPerEvent = 4

  enum Phase {
    case connecting
    /// A request is under way.
    case busy
    /// Kept for the next request.
    case idle
    case closed
  }

  /// What is expected next on the connection.
  enum Framing: Equatable {
    case head
    case none
    /// So many bytes of the body are still to come.
    case length(Int)
    case chunked
    case untilClose
  }

  /// What the upstream has said behind bytes that the delegate has refused.
  enum BehindHeld {
    case nothing
    /// The body has ended; whether something followed that is no part of it.
    case end(hasExtra: Bool)
    case failure(TransferFailure.Kind, String)
  }

  /// A body is relayed as it comes, however long it is: only what cannot be honest about its size is refused.
  static let inflateLimits = GzipLimits(outputBytesMax: .max)
  /// Bytes that are expanded at once: to a megabyte or two at the most, which is what a pause may have to hold.
  static let inflateStep = 4 << 10

  unowned(unsafe) let client: HTTP1Client
  let loop: EventLoop
  let origin: Origin
  private(set) var phase = Phase.connecting
  private(set) var idleSince = Instant.now
  private(set) var transfer: HTTP1Transfer?
  /// Who is told of the answer; `.none` once nobody cares any more.
  var owner = SlotID.none
  /// Counts requests: whether a callback has ended the one it was about is seen by it, without holding on to anything.
  private(set) var serial = 0

  // Connecting.
  private let addresses: [SocketAddress]
  private var nextAddress = 0
  private var lastError = ""
  private var connectTimer = TimerID.none
  private(set) var descriptor: Int32 = -1
  private var registration = SlotID.none
  private var interest = Readiness.edgeInput

  // Sending.
  private var output = OutputQueue()
  /// Whether all of the request has gone out.
  private var isSent: Bool { output.isEmpty }
  private var isReused = false
  private var begunAt = Instant.now
  private var isStarting = false

  // Reading.
  var framing = Framing.head
  var head = UpstreamHead()
  /// Whether the next line begins an answer, final or interim.
  var expectsStatus = true
  var partialLine: [UInt8] = []
  var chunks = ResponseChunks()
  var isCompressed = false
  var inflater: GzipInflater?
  var keepsAlive = false
  /// Whether the upstream has closed its side, which may be known before its last bytes are read.
  private var upstreamHasEnded = false
  /// Whether the last read filled the buffer: what is left behind it will not be announced again.
  private var mayHaveMore = false
  var hasReceived = false
  /// Bytes that the delegate has refused.
  var held: [UInt8] = []
  /// Bytes behind them that are not expanded yet.
  var compressed: [UInt8] = []
  var behindHeld = BehindHeld.nothing
  var isPaused = false
  var isReading = false
  /// Whether the transfer was detached while bytes were being read.
  var mustArmDrain = false

  init(client: HTTP1Client, origin: Origin, addresses: [SocketAddress]) {
    self.client = client
    loop = client.loop
    self.origin = origin
    self.addresses = addresses
  }

  /// Whether the answer to the current request has begun.
  var hasHead: Bool { framing != .head }

  // MARK: - Requests

  /// Sends a request, as soon as the connection stands.
  func begin(_ transfer: HTTP1Transfer, isReused: Bool) {
    take(transfer)
    transfer.connection = self
    self.isReused = isReused
    begunAt = loop.now
    framing = .head
    expectsStatus = true
    // Its memory serves the next answer, unless somebody still holds on to the last one.
    head.reset()
    hasReceived = false
    output.gather(&loop.buffers) { transfer.appendHead(to: &$0) }
    if let body = transfer.spec.body { output.append(body, &loop.buffers) }
    isStarting = true
    defer { isStarting = false }
    if isReused {
      phase = .busy
      send()
    } else {
      connect()
    }
  }

  private func take(_ transfer: HTTP1Transfer?) {
    self.transfer = transfer
    owner = transfer?.owner ?? .none
    serial &+= 1
  }

  /// The request is not wanted any more; with it the connection is of no use.
  func abandon() {
    take(nil)
    close()
  }

  private func send() {
    guard transfer != nil else { return }
    switch output.flush(descriptor, &loop.buffers) {
    case .bytes, .wouldBlock: watch(isSent ? .edgeInput : .edgeInputAndOutput)
    // The answer, or the error, is found by reading: an upstream may answer early and close.
    case .failed: watch(.edgeInput)
    }
  }

  // MARK: - Connecting

  /// Tries the next address; each gets its share of the time that is left.
  private func connect() {
    guard let transfer else { return close() }
    phase = .connecting
    while nextAddress < addresses.count {
      let address = addresses[nextAddress]
      nextAddress += 1
      do throws(SystemError) {
        let (made, isConnected) = try Syscalls.connect(address)
        descriptor = made
        interest = isConnected ? .edgeInput : .writable
        registration = loop.register(made, interest, self)
        if isConnected { return connected() }
        let share = (transfer.connectDeadline - loop.now) / (addresses.count - nextAddress + 1)
        connectTimer = loop.schedule(self, tag: 0, at: loop.now + share)
        return
      } catch {
        lastError = Syscalls.message(of: error.code)
      }
    }
    fail(.unreachable, lastError.isEmpty ? "the host has no address" : lastError)
  }

  func timerFired(_ tag: UInt64) {
    connectTimer = .none
    lastError = "no connection in time"
    letGo()
    connect()
  }

  private func connectProgressed() {
    loop.cancel(connectTimer)
    connectTimer = .none
    let code = Syscalls.socketError(descriptor)
    guard code == 0 else {
      lastError = Syscalls.message(of: code)
      letGo()
      return connect()
    }
    connected()
  }

  private func connected() {
    phase = .busy
    send()
  }

  // MARK: - Events

  func ready(_ readiness: Readiness) {
    switch phase {
    case .connecting: connectProgressed()
    case .busy:
      if readiness.contains(.writable) { send() }
      if !readiness.isDisjoint(with: .ended) { upstreamHasEnded = true }
      if phase == .busy, readiness.rawValue & ~Readiness.writable.rawValue != 0 { receive() }
    // Closed by the upstream, or something that nobody asked for.
    case .idle: client.idleEnded(self)
    case .closed: break
    }
  }

  /// Reads until there is no more: readiness is told once per arrival.
  private func receive() {
    let request = serial
    for _ in 0..<HTTP1Connection.readsPerEvent {
      switch Syscalls.receive(descriptor, into: loop.scratch) {
      case .bytes(0): return inputEnded(nil)
      case .bytes(let count):
        mayHaveMore = count == loop.scratch.count
        received(UnsafeMutableRawBufferPointer(rebasing: loop.scratch[..<count]))
        // A short read has emptied the socket, unless what follows is the end.
        if !mayHaveMore, !upstreamHasEnded { return }
      case .wouldBlock: return
      case .failed(let code): return inputEnded(Syscalls.message(of: code))
      }
      guard serial == request, !isPaused else { return }
    }
    client.readLater(self)
  }

  /// Goes on reading in the next turn.
  func readOn() {
    guard phase == .busy, !isPaused else { return }
    receive()
  }

  /// Stops listening until `watchAgain`: a failed socket would report itself over and over.
  func unwatch() {
    guard registration != .none else { return }
    loop.deregister(registration, descriptor)
    registration = .none
  }

  func watchAgain() {
    guard registration == .none, phase == .busy, descriptor >= 0 else { return }
    interest = isSent ? .edgeInput : .edgeInputAndOutput
    registration = loop.register(descriptor, interest, self)
  }

  private func watch(_ wanted: Readiness) {
    guard registration != .none, wanted.rawValue != interest.rawValue else { return }
    interest = wanted
    loop.change(registration, descriptor, wanted)
  }

  // MARK: - Ends

  /// The answer is whole.
  ///
  /// - Parameter hasExtra: whether bytes followed that are no part of it.
  func finished(hasExtra: Bool) {
    guard let transfer else { return }
    take(nil)
    if keepsAlive, isSent, !hasExtra, !upstreamHasEnded, !mayHaveMore, !transfer.spec.hasUnusualBody {
      // One that was not watched while its client was slow must be heard when the upstream closes it.
      watchAgain()
      phase = .idle
      idleSince = loop.now
      client.keep(self)
    } else {
      close()
    }
    client.ended(transfer, .complete)
  }

  func fail(_ kind: TransferFailure.Kind, _ message: String) {
    guard let transfer else { return close() }
    take(nil)
    close()
    if kind == .disconnected, mayRepeat { return client.repeatOnNewConnection(transfer) }
    let failure = TransferFailure(kind: kind, message: message)
    isStarting ? client.failLater(transfer, failure) : client.ended(transfer, .failed(failure))
  }

  /// Whether the upstream had closed a kept connection before the request came, as far as anyone can tell. One that
  /// breaks later has the request, and may have worked on it: whether to ask again is then for others to decide.
  private var mayRepeat: Bool {
    isReused && !hasReceived && loop.now - begunAt <= client.staleFor
  }

  func close() {
    guard phase != .closed else { return }
    phase = .closed
    loop.cancel(connectTimer)
    letGo()
    output.removeAll(&loop.buffers)
    held = []
    compressed = []
    inflater = nil
  }

  private func letGo() {
    unwatch()
    if descriptor >= 0 { Syscalls.closeDescriptor(descriptor) }
    descriptor = -1
  }
}
