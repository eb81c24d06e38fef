import CLinux
import Glibc
import Reactor
import Testing

/// An upstream that says and does exactly what a test wants, right or wrong, over one connection at a time.
///
/// Every call waits until it is done, but never beyond `patience`.
final class RawUpstream {
  struct TimedOut: Error {}

  let port: UInt16
  private static let patience = Duration.seconds(10)
  private let listening: Int32
  private var connection: Int32?

  init() throws {
    listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 8)
    port = Syscalls.localPort(listening)
  }

  deinit {
    close()
    Syscalls.closeDescriptor(listening)
  }

  /// Accepts a connection and reads a request up to the end of its head (or another text), and what came behind it.
  @discardableResult
  func takeRequest(through end: String = "\r\n\r\n") throws -> String {
    try accept()
    return try takeNextRequest(through: end)
  }

  /// Reads another request on the same connection.
  @discardableResult
  func takeNextRequest(through end: String = "\r\n\r\n") throws -> String {
    var request = ""
    while !request.contains(end), let bytes = try receive() { request += String(decoding: bytes, as: UTF8.self) }
    return request
  }

  /// Accepts a connection and reads a request's head.
  ///
  /// - Returns: the bytes of the body that came with it.
  func takeHead() throws -> [UInt8] {
    try accept()
    var bytes: [UInt8] = []
    while let more = try receive() {
      bytes += more
      for end in bytes.indices.dropFirst(3) where bytes[end - 3...end].elementsEqual("\r\n\r\n".utf8) {
        return Array(bytes[(end + 1)...])
      }
    }
    return []
  }

  /// Whether somebody has connected and was not accepted yet.
  var hasPendingConnection: Bool {
    var interest = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
    return poll(&interest, 1, 0) > 0
  }

  /// Reads on until so many bytes have come, or the end.
  func take(_ count: Int) throws -> [UInt8] {
    var taken: [UInt8] = []
    while taken.count < count, let bytes = try receive() { taken += bytes }
    return taken
  }

  /// Reads on until the other side has closed.
  func takeAll() throws -> [UInt8] { try take(.max) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count, let connection {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        guard errno == EAGAIN else { throw SystemError(call: "send", code: errno) }
        try wait(connection, POLLOUT)
      }
      sent += max(0, count)
    }
  }

  /// Waits until the other side has closed; anything it sends is an issue.
  func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let more = try receive()
    #expect(more == nil, sourceLocation: sourceLocation)
  }

  func close() {
    if let connection { Syscalls.closeDescriptor(connection) }
    connection = nil
  }

  func reset() {
    if let connection { Syscalls.resetOnClose(connection) }
    close()
  }

  private func accept() throws {
    var accepted: Int32?
    while accepted == nil {
      accepted = try Syscalls.accept(listening)?.descriptor
      if accepted == nil { try wait(listening, POLLIN) }
    }
    close()
    connection = accepted
  }

  /// The next bytes; nil at the end, however it comes.
  private func receive() throws -> [UInt8]? {
    guard let connection else { return nil }
    while true {
      var result = IOResult.wouldBlock
      let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, used in
        result = Syscalls.receive(connection, into: UnsafeMutableRawBufferPointer(buffer))
        if case .bytes(let count) = result { used = count }
      }
      switch result {
      case .bytes(0), .failed: return nil
      case .bytes: return bytes
      case .wouldBlock: try wait(connection, POLLIN)
      }
    }
  }

  private func wait(_ descriptor: Int32, _ events: Int32) throws {
    var interest = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let milliseconds = RawUpstream.patience.components.seconds * 1000
    guard poll(&interest, 1, Int32(milliseconds)) != 0 else { throw TimedOut() }
  }
}
