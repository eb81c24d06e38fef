import CLinux
import Glibc

// The only file that talks to the kernel. Every wrapper repeats a call that a signal interrupted, reads `errno` at
// once, and turns "would block" into a value, so that the rest of the program never looks at `errno`.

/// What one read or write on a non-blocking socket came to.
package enum IOResult: Equatable, Sendable {
  /// So many bytes went through; 0 on a read means that the peer has closed its sending side.
  case bytes(Int)
  /// Nothing to be done now; readiness will be reported.
  case wouldBlock
  /// The connection is gone; the `errno` says how.
  case failed(Int32)
}

/// A system call that did not work: which one and why.
package struct SystemError: Error, CustomStringConvertible, Sendable {
  package let call: String
  package let code: Int32

  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// System calls on sockets and event descriptors.
package enum Syscalls {
  /// Receives into `buffer` from a non-blocking socket.
  package static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    while true {
      let count = sluice_receive(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return .bytes(count) }
      if let result = outcome(of: errno) { return result }
    }
  }

  /// Writes up to `count` segments in one call; never raises SIGPIPE.
  package static func send(_ descriptor: Int32, _ segments: UnsafeMutablePointer<iovec>, _ count: Int) -> IOResult {
    while true {
      let sent = sluice_send_segments(descriptor, segments, count)
      if sent >= 0 { return .bytes(sent) }
      if let result = outcome(of: errno) { return result }
    }
  }

  /// Writes in one call, without the price of a list of segments; never raises SIGPIPE.
  package static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> IOResult {
    while true {
      let sent = sluice_send(descriptor, bytes.baseAddress, bytes.count)
      if sent >= 0 { return .bytes(sent) }
      if let result = outcome(of: errno) { return result }
    }
  }

  /// `nil` when the call was interrupted and is to be repeated.
  private static func outcome(of code: Int32) -> IOResult? {
    switch code {
    case EINTR: nil
    case EAGAIN, EWOULDBLOCK: .wouldBlock
    default: .failed(code)
    }
  }

  /// Closes the sending side; the peer reads the end of the stream and may still send.
  package static func shutdownWriting(_ descriptor: Int32) {
    _ = shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Makes the coming `close` send a reset instead of an orderly end.
  package static func resetOnClose(_ descriptor: Int32) {
    var value = linger(l_onoff: 1, l_linger: 0)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  /// Sends small writes at once: an event must not wait for the acknowledgement of the one before it.
  package static func disableNagle(_ descriptor: Int32) {
    var on: Int32 = 1
    _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Since the machine was started, suspended or not.
  static func elapsedTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// The time of day: seconds since 1970 and the milliseconds beyond them.
  package static func wallClock() -> (seconds: Int64, milliseconds: Int) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return (Int64(time.tv_sec), time.tv_nsec / 1_000_000)
  }

  /// Fills `buffer`, at most 256 bytes at once, with random bytes from the kernel.
  static func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) {
    var filled = 0
    while filled < buffer.count {
      let count = min(256, buffer.count - filled)
      // Fails only on kernels without the call, which this program does not run on.
      guard let start = buffer.baseAddress, getentropy(start + filled, count) == 0 else {
        fatalError("the kernel gives no random bytes")
      }
      filled += count
    }
  }

  package static func closeDescriptor(_ descriptor: Int32) {
    // Linux closes the descriptor even when it reports EINTR; repeating could close somebody else's.
    _ = close(descriptor)
  }

  /// Accepts one connection, non-blocking and closed on exec.
  ///
  /// - Returns: the descriptor and where the client is (its IPv4 address, or the upper half of its IPv6 one); `nil`
  ///   when there is none to accept now.
  /// - Throws: `SystemError` with `EMFILE`, `ENFILE`, `ENOBUFS` or `ENOMEM` when the process or system is out of room.
  package static func accept(_ listener: Int32) throws(SystemError) -> (descriptor: Int32, network: UInt64)? {
    var network: UInt64 = 0
    while true {
      let descriptor = sluice_accept(listener, &network)
      if descriptor >= 0 { return (descriptor, network) }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO, EPERM: continue
      case EAGAIN, EWOULDBLOCK: return nil
      case let code: throw SystemError(call: "accept", code: code)
      }
    }
  }

  /// Whether there is something to read, or a connection to accept, right now.
  static func isReadable(_ descriptor: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, 0) > 0
  }

  /// A listening TCP socket on `host` and `port` that shares its port with the other loops' sockets.
  ///
  /// - Parameters:
  ///   - host: a name or a numeric address; a name's first address is taken.
  ///   - port: 0 lets the kernel choose.
  package static func listen(host: String, port: UInt16, backlog: Int32) throws(SystemError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
      throw SystemError(call: "resolve \(host)", code: EADDRNOTAVAIL)
    }
    defer { freeaddrinfo(list) }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(first.pointee.ai_family, kind, 0)
    guard descriptor >= 0 else { throw SystemError(call: "socket", code: errno) }
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size)
    guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
      let code = errno
      closeDescriptor(descriptor)
      throw SystemError(call: "bind \(host):\(port)", code: code)
    }
    guard Glibc.listen(descriptor, backlog) == 0 else {
      let code = errno
      closeDescriptor(descriptor)
      throw SystemError(call: "listen", code: code)
    }
    return descriptor
  }

  /// Whether somebody already listens on the address. `SO_REUSEPORT` would let a second gateway of the same user share
  /// the port in silence and take half of the other's connections.
  package static func isTaken(host: String, port: UInt16) -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    guard port != 0, getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else { return false }
    defer { freeaddrinfo(list) }
    let probe = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard probe >= 0 else { return false }
    defer { closeDescriptor(probe) }
    var on: Int32 = 1
    // Without SO_REUSEPORT the bind fails while another socket listens, but not because of connections in TIME_WAIT.
    _ = setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    return bind(probe, first.pointee.ai_addr, first.pointee.ai_addrlen) != 0 && errno == EADDRINUSE
  }

  /// The addresses of a host, best first. Blocks, unless `isNumeric` asks for addresses written as such only.
  package static func resolve(host: String, port: UInt16, isNumeric: Bool) -> Result<[SocketAddress], ResolverFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { return .failure(ResolverFailure(message: String(cString: gai_strerror(code)))) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr {
        addresses.append(SocketAddress(address, length: entry.pointee.ai_addrlen))
      }
      next = entry.pointee.ai_next
    }
    return addresses.isEmpty ? .failure(ResolverFailure(message: "the name has no address")) : .success(addresses)
  }

  /// Seconds of silence on a connection after which the kernel asks whether the other side is still there, and between
  /// two such questions: libcurl's values. The kernel's own are hours.
  private static let keepAliveSeconds: Int32 = 60

  /// Begins a connection: non-blocking, without Nagle's delay, with TCP keep-alive.
  ///
  /// - Returns: the descriptor, and whether the connection stands already; else the descriptor becomes writable when it
  ///   stands or has failed (`socketError`).
  /// - Throws: when it failed at once.
  package static func connect(
    _ address: SocketAddress
  ) throws(SystemError) -> (descriptor: Int32, isConnected: Bool) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(Int32(address.storage.ss_family), kind, 0)
    guard descriptor >= 0 else { throw SystemError(call: "socket", code: errno) }
    disableNagle(descriptor)
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, keepAliveSeconds)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, keepAliveSeconds)
    let result = begin(descriptor, address)
    let code = errno
    guard result == 0 || code == EINPROGRESS || code == EINTR else {
      closeDescriptor(descriptor)
      throw SystemError(call: "connect", code: code)
    }
    return (descriptor, result == 0)
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// `connect`; -1 leaves the reason in `errno`.
  private static func begin(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    var storage = address.storage
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, address.length) }
    }
  }

  /// The error that is waiting on a socket, 0 for none; a connection begun with `connect` has failed with it.
  package static func socketError(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
  }

  /// The system's words for an error number.
  package static func message(of code: Int32) -> String { String(cString: strerror(code)) }

  /// Whether one of these environment variables is set and not empty.
  package static func hasEnvironment(_ names: [String]) -> Bool {
    names.contains { name in getenv(name).map { $0.pointee != 0 } ?? false }
  }

  /// A blocking connection with a limit on every further call; `nil` when it cannot be made.
  package static func connectBlocking(host: String, port: UInt16, seconds: Int) -> Int32? {
    guard case .success(let addresses) = resolve(host: host, port: port, isNumeric: false),
      let address = addresses.first
    else { return nil }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(Int32(address.storage.ss_family), kind, 0)
    guard descriptor >= 0 else { return nil }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    guard begin(descriptor, address) == 0 else {
      closeDescriptor(descriptor)
      return nil
    }
    return descriptor
  }

  /// A log pipe that nobody reads any more, or a socket that libcurl writes to, must not end the process.
  package static func ignoreBrokenPipes() { _ = Glibc.signal(SIGPIPE, SIG_IGN) }

  /// The local port of a bound socket, 0 if it has none.
  package static func localPort(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let got = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard got == 0 else { return 0 }
    return withUnsafePointer(to: &address) { pointer in
      // The port stands at the same place in sockaddr_in and sockaddr_in6.
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }
  }

  /// Gives memory that is free back to the system, where the allocator keeps it: a fraction of a millisecond of work.
  package static func trimMemory() { sluice_trim_memory() }

  /// Has the allocator make so many heaps at the most, the first one included. By itself it makes one for every thread,
  /// and as Dispatch's threads come and go, each of them keeps pages that are nearly free.
  package static func limitHeaps(_ count: Int) { sluice_limit_heaps(Int32(count)) }

  /// Raises the soft limit on open descriptors to the hard one; returns what is in force.
  package static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return Int(clamping: limit.rlim_cur)
  }
}

extension Syscalls {
  static func makeEpoll() throws(SystemError) -> Int32 {
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(call: "epoll_create1", code: errno) }
    return descriptor
  }

  static func makeEventDescriptor() throws(SystemError) -> Int32 {
    let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(call: "eventfd", code: errno) }
    return descriptor
  }

  static func makeTimerDescriptor() throws(SystemError) -> Int32 {
    let descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(call: "timerfd_create", code: errno) }
    return descriptor
  }

  /// Adds 1 to an event descriptor, which makes it readable.
  static func signal(_ descriptor: Int32) {
    var one: UInt64 = 1
    while write(descriptor, &one, 8) < 0, errno == EINTR {}
  }

  /// Takes the count out of an event or timer descriptor, so that it is no longer readable.
  static func acknowledge(_ descriptor: Int32) {
    var count: UInt64 = 0
    while read(descriptor, &count, 8) < 0, errno == EINTR {}
  }

  static func armTimer(_ descriptor: Int32, nanoseconds: UInt64) {
    _ = sluice_timerfd_arm(descriptor, nanoseconds)
  }

  /// Waits for readiness; an interrupted wait counts as one without events.
  static func wait(
    _ set: Int32, _ events: UnsafeMutablePointer<epoll_event>, capacity: Int, milliseconds: Int32
  ) -> Int {
    let count = sluice_epoll_wait(set, events, Int32(capacity), milliseconds)
    precondition(count >= 0 || errno == EINTR, "epoll_wait failed: the set itself is broken")
    return Int(max(0, count))
  }

  static func control(_ set: Int32, _ operation: Int32, _ descriptor: Int32, _ bits: UInt32, _ datum: UInt64) -> Bool {
    sluice_epoll_ctl(set, operation, descriptor, bits, datum) == 0
  }
}

extension SystemError {
  /// Whether the process or the system has no descriptor left.
  package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }

  /// Somebody else listens on the address.
  package static func addressInUse(_ address: String) -> SystemError {
    SystemError(call: "listen on \(address)", code: EADDRINUSE)
  }
}

/// How many processors this process may use.
package enum ProcessorCount {
  /// At least 1; less than the machine's number where the process is pinned.
  package static var usable: Int {
    max(1, Int(sluice_usable_processors()))
  }
}
