import CLinux
import Glibc
import Reactor
import Testing
import Time

/// A raw TCP client. Every call waits until it is done, but never beyond `patience`.
final class Client {
  /// How a connection ended for its reader.
  enum End: Equatable {
    case closed, reset
  }

  struct TimedOut: Error {}

  private static let patience = Duration.seconds(10)
  private let descriptor: Int32
  /// Read, but not yet asked for.
  private var unread: [UInt8] = []
  private var isOpen = true

  /// - Parameter receiveBytes: the size asked for the receive buffer; a small one makes a slow reader.
  init(_ port: UInt16, receiveBytes: Int32? = nil) throws {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_INET, kind, 0)
    if var size = receiveBytes {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw SystemError(call: "connect", code: errno) }
    _ = sluice_set_nonblocking(descriptor)
    Syscalls.disableNagle(descriptor)
  }

  deinit { close() }

  // MARK: - Sending

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    let deadline = Instant.now + Client.patience
    while sent < bytes.count {
      sent += try sendSome(bytes[sent...])
      if sent < bytes.count { try wait(POLLOUT, until: deadline) }
    }
  }

  /// Sends what the socket takes now.
  func sendSome(_ bytes: ArraySlice<UInt8>) throws -> Int {
    let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    guard count < 0 else { return count }
    guard errno == EAGAIN else { throw SystemError(call: "send", code: errno) }
    return 0
  }

  /// Sends the end of the stream and goes on reading.
  func finishSending() { Syscalls.shutdownWriting(descriptor) }

  func close() {
    guard isOpen else { return }
    isOpen = false
    Syscalls.closeDescriptor(descriptor)
  }

  /// Closes with a reset.
  func reset() {
    Syscalls.resetOnClose(descriptor)
    close()
  }

  // MARK: - Receiving

  /// Everything up to and including `marker`.
  func read(until marker: String) throws -> String {
    let wanted = Array(marker.utf8)
    while true {
      if let found = unread.firstRange(of: wanted) { return String(decoding: take(found.upperBound), as: UTF8.self) }
      if let end = try receive() { throw Closed(end: end, before: String(decoding: unread, as: UTF8.self)) }
    }
  }

  /// Exactly so many bytes.
  func read(_ count: Int) throws -> [UInt8] {
    while unread.count < count {
      if let end = try receive() { throw Closed(end: end, before: "\(unread.count) of \(count) bytes") }
    }
    return take(count)
  }

  /// Everything there is until the connection ends, and how it ends.
  func readToEnd() throws -> (bytes: [UInt8], end: End) {
    while true {
      if let end = try receive() { return (take(unread.count), end) }
    }
  }

  /// How the connection ends; anything else that comes is an issue.
  func expectEnd(_ expected: End = .closed, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (bytes, end) = try readToEnd()
    #expect(String(decoding: bytes, as: UTF8.self) == "", sourceLocation: sourceLocation)
    #expect(end == expected, sourceLocation: sourceLocation)
  }

  struct Closed: Error {
    var end: End
    var before: String
  }

  private func take(_ count: Int) -> [UInt8] {
    defer { unread.removeFirst(count) }
    return Array(unread.prefix(count))
  }

  /// Waits for bytes, or for the end.
  private func receive() throws -> End? {
    let deadline = Instant.now + Client.patience
    while true {
      var result = IOResult.wouldBlock
      let more = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, used in
        result = Syscalls.receive(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
        if case .bytes(let count) = result { used = count }
      }
      switch result {
      case .bytes(0): return .closed
      case .bytes:
        unread += more
        return nil
      case .failed(ECONNRESET): return .reset
      case .failed(let code): throw SystemError(call: "recv", code: code)
      case .wouldBlock: try wait(POLLIN, until: deadline)
      }
    }
  }

  private func wait(_ events: Int32, until deadline: Instant) throws {
    var interest = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let left = (deadline - .now).components
    let milliseconds = max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
    guard poll(&interest, 1, Int32(milliseconds)) != 0 else { throw TimedOut() }
  }
}
