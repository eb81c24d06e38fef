import CCurl
import Policy
import Reactor
import Time

/// libcurl's multi interface on one loop: transfer specs in, transfer events out.
///
/// Duties towards libcurl kept here: the timer callback never acts by itself (0 means "soon", which is the end of the
/// turn); messages are drained after every action; nothing is removed from inside a callback.
final class CurlClient: TimerHandler, TurnHandler {
  /// Easy handles kept for reuse: some 6 KiB each, and dear to make.
  static let pooledTransfersMax = 2048

  let loop: EventLoop
  private let multi: UnsafeMutableRawPointer
  private weak var delegate: (any TransferDelegate)?
  private var sockets: [CurlSocket?] = []
  private var live = SlotTable<CurlTransfer>()
  private var pool: [CurlTransfer] = []
  private var depth = 0
  private var additions: [CurlTransfer] = []
  private var removals: [CurlTransfer] = []
  private var curlTimer = TimerID.none
  private var isKicked = false

  /// Whether pausing one stream of an HTTP/2 connection leaves the others alone. Before 8.1.0 libcurl stops reading the
  /// whole connection, and one slow client would hold up everybody who shares it.
  static let pausesStreamsAlone = sluice_curl_version() >= 0x08_01_00

  /// Whether an easy handle may carry another transfer. Before 8.1.1 libcurl keeps a pointer into the freed fields of
  /// the last answer, and writes there if the next one's begin with a folded line.
  private static let reusesHandles = sluice_curl_version() >= 0x08_01_01

  private static let initialised: Void = {
    curl_global_init(Int(CURL_GLOBAL_DEFAULT))
  }()

  /// - Parameter delegate: held weakly; it owns the client.
  init(loop: EventLoop, delegate: any TransferDelegate) {
    CurlClient.initialised
    guard let multi = curl_multi_init() else { fatalError("libcurl cannot allocate a multi handle") }
    self.loop = loop
    self.multi = multi
    self.delegate = delegate
    let context = Unmanaged.passUnretained(self).toOpaque()
    sluice_multi_set_socket(
      multi,
      { _, socket, what, context, _ in
        CurlClient.from(context).interestChanged(socket, what)
        return 0
      }, context)
    sluice_multi_set_timer(
      multi,
      { _, milliseconds, context in
        CurlClient.from(context).timerChanged(milliseconds)
        return 0
      }, context)
    sluice_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Limits.upstreamConnectionsPerLoopMax)
  }

  /// Transfers under way, detached ones included.
  var transferCount: Int { live.count }

  // MARK: - Commands

  /// Starts a request; its events name `owner`.
  ///
  /// - Returns: the transfer's id; it is stale, and ignored, once the transfer has ended.
  func start(_ spec: TransferSpec, owner: SlotID) -> SlotID {
    let transfer = pool.popLast() ?? CurlTransfer(client: self)
    transfer.prepare(spec, owner: owner)
    transfer.id = live.insert(transfer)
    additions.append(transfer)
    entered {}
    return transfer.id
  }

  /// Ends a transfer at once and closes its connection (over HTTP/2: resets its stream). Reports nothing.
  func cancel(_ id: SlotID) {
    guard let transfer = live[id], !transfer.isCancelled else { return }
    transfer.owner = .none
    transfer.isCancelled = true
    removals.append(transfer)
    entered {}
  }

  /// Lets a transfer whose answer is complete as far as anyone cares come to its end, bounded in time and bytes, so
  /// that its connection can be reused. Reports nothing.
  func detach(_ id: SlotID) {
    guard let transfer = live[id], !transfer.isCancelled else { return }
    transfer.owner = .none
    transfer.discardLeft = UpstreamClient.detachedBytesMax
    transfer.drainTimer = loop.schedule(
      self, tag: transfer.id.rawValue, at: loop.now + UpstreamClient.detachedFor)
    if transfer.isPaused { resume(id) }
  }

  /// Goes on with a transfer whose bytes were refused.
  func resume(_ id: SlotID) {
    guard let transfer = live[id], transfer.isPaused, !transfer.isCancelled else { return }
    transfer.unpause()
    entered { curl_easy_pause(transfer.easy, CURLPAUSE_CONT) }
    // libcurl may have data in hand that no socket event will announce.
    kick()
  }

  // MARK: - Events of the loop

  func timerFired(_ tag: UInt64) {
    if tag == 0 {
      curlTimer = .none
      return timeoutAction()
    }
    if let transfer = live[SlotID(rawValue: tag)] {
      transfer.drainTimer = .none
      cancel(transfer.id)
    }
  }

  func turnEnded() {
    guard isKicked else { return }
    isKicked = false
    timeoutAction()
  }

  func socketReady(_ descriptor: Int32, _ bits: Int32) {
    entered {
      var running: Int32 = 0
      curl_multi_socket_action(multi, descriptor, bits, &running)
    }
  }

  private func timeoutAction() {
    entered {
      var running: Int32 = 0
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }
  }

  /// Runs a libcurl call and, at the outermost level, everything that must not happen inside one.
  private func entered(_ call: () -> Void) {
    depth += 1
    call()
    depth -= 1
    guard depth == 0 else { return }
    var isSettled = false
    while !isSettled {
      isSettled = !drainMessages()
      // Not from inside a callback: libcurl refuses it there.
      while let transfer = additions.popLast() {
        isSettled = false
        add(transfer)
      }
      while let transfer = removals.popLast() {
        isSettled = false
        remove(transfer)
      }
    }
  }

  // MARK: - Events of libcurl

  private static func from(_ context: UnsafeMutableRawPointer?) -> CurlClient {
    guard let context else { fatalError("libcurl lost its client") }
    return Unmanaged<CurlClient>.fromOpaque(context).takeUnretainedValue()
  }

  func headReceived(_ transfer: CurlTransfer) {
    guard transfer.owner != .none else { return }
    delegate?.transferReceivedHead(transfer.owner, transfer.head)
  }

  func bodyReceived(_ transfer: CurlTransfer, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard transfer.owner != .none else {
      transfer.discardLeft -= bytes.count
      if transfer.discardLeft < 0 { cancel(transfer.id) }
      return true
    }
    return delegate?.transferReceivedBody(transfer.owner, bytes) ?? true
  }

  func prepareSocketCallbacks(of easy: UnsafeMutableRawPointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sluice_curl_set_open(easy, context) { context, descriptor, _ in
      CurlClient.from(context).socket(descriptor).announcedConnection()
      return CURL_SOCKOPT_OK
    }
    sluice_curl_set_close(easy, context) { context, descriptor in
      CurlClient.from(context).closeSocket(descriptor)
      return 0
    }
  }

  private func closeSocket(_ descriptor: curl_socket_t) {
    if Int(descriptor) < sockets.count {
      sockets[Int(descriptor)]?.close()
      sockets[Int(descriptor)] = nil
    }
    Syscalls.closeDescriptor(descriptor)
  }

  private func socket(_ descriptor: curl_socket_t) -> CurlSocket {
    let index = Int(descriptor)
    while sockets.count <= index { sockets.append(nil) }
    if let known = sockets[index] { return known }
    let socket = CurlSocket(client: self, descriptor: descriptor)
    sockets[index] = socket
    return socket
  }

  private func interestChanged(_ descriptor: curl_socket_t, _ what: Int32) {
    let socket = socket(descriptor)
    guard what != CURL_POLL_REMOVE else { return socket.unwatch() }
    var interest: Readiness = []
    if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
    socket.watch(interest)
  }

  private func timerChanged(_ milliseconds: Int) {
    loop.cancel(curlTimer)
    curlTimer = .none
    if milliseconds == 0 { return kick() }
    if milliseconds > 0 {
      curlTimer = loop.schedule(self, tag: 0, at: loop.now + .milliseconds(milliseconds))
    }
  }

  private func kick() {
    guard !isKicked else { return }
    isKicked = true
    loop.atEndOfTurn(self)
  }

  // MARK: - Ends

  /// - Returns: whether there was any.
  private func drainMessages() -> Bool {
    var any = false
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message dies with the handle, so its result is copied first.
      let result = sluice_message_result(message)
      var context: UnsafeMutableRawPointer?
      sluice_curl_get_pointer(easy, CURLINFO_PRIVATE, &context)
      guard let context else { continue }
      any = true
      ended(Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue(), result)
    }
    return any
  }

  private func ended(_ transfer: CurlTransfer, _ result: CURLcode) {
    // Over TLS a connection is made when its handshake is done.
    var connected: curl_off_t = 0
    let moment = transfer.usesTLS ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T
    sluice_curl_get_offset(transfer.easy, moment, &connected)
    let owner = transfer.owner
    let end: TransferEnd =
      if let mistake = transfer.mistake {
        .failed(TransferFailure(kind: .invalidAnswer, message: mistake))
      } else {
        result == CURLE_OK ? .complete : .failed(TransferFailure(result, isConnected: connected > 0))
      }
    removals.removeAll { $0 === transfer }
    remove(transfer)
    if owner != .none { delegate?.transferEnded(owner, end) }
  }

  private func add(_ transfer: CurlTransfer) {
    depth += 1
    curl_multi_add_handle(multi, transfer.easy)
    depth -= 1
  }

  private func remove(_ transfer: CurlTransfer) {
    guard live.remove(transfer.id) != nil else { return }
    loop.cancel(transfer.drainTimer)
    depth += 1
    curl_multi_remove_handle(multi, transfer.easy)
    depth -= 1
    transfer.clear()
    if CurlClient.reusesHandles, pool.count < CurlClient.pooledTransfersMax { pool.append(transfer) }
  }
}
