import CLinux
import Glibc
import Testing

@testable import Reactor

/// Connections that are begun without waiting.
struct ConnectTests {
  private func address(_ port: UInt16) throws -> SocketAddress {
    try #require(try Syscalls.resolve(host: "127.0.0.1", port: port, isNumeric: true).get().first)
  }

  /// Waits until the descriptor is ready for writing, or has failed.
  private func settle(_ descriptor: Int32) {
    var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    #expect(poll(&interest, 1, 10_000) == 1)
  }

  private func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
    var (value, size) = (Int32(-1), socklen_t(MemoryLayout<Int32>.size))
    getsockopt(descriptor, level, name, &value, &size)
    return value
  }

  @Test func `a connection becomes writable without an error, and its silence is looked into`() throws {
    let listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 1)
    defer { Syscalls.closeDescriptor(listening) }
    let (descriptor, _) = try Syscalls.connect(try address(Syscalls.localPort(listening)))
    defer { Syscalls.closeDescriptor(descriptor) }
    settle(descriptor)
    #expect(Syscalls.socketError(descriptor) == 0)
    #expect(try Syscalls.accept(listening).map { Syscalls.closeDescriptor($0.descriptor) } != nil)
    #expect(option(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 1)
    #expect(option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
    #expect(option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 60)
    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test func `a refused connection says so when it is ready, or at once`() throws {
    let listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 1)
    let port = Syscalls.localPort(listening)
    Syscalls.closeDescriptor(listening)
    do {
      let (descriptor, isConnected) = try Syscalls.connect(try address(port))
      defer { Syscalls.closeDescriptor(descriptor) }
      #expect(!isConnected)
      settle(descriptor)
      #expect(Syscalls.socketError(descriptor) == ECONNREFUSED)
      #expect(Syscalls.message(of: ECONNREFUSED) == "Connection refused")
    } catch let error as SystemError {
      #expect(error.code == ECONNREFUSED)
    }
  }

  @Test func `a connection that cannot be is an error and leaves no descriptor`() throws {
    let broadcast = try #require(try Syscalls.resolve(host: "255.255.255.255", port: 80, isNumeric: true).get().first)
    #expect(throws: SystemError.self) { _ = try Syscalls.connect(broadcast) }
  }

  @Test(arguments: ["localhost", "upstream.test", ""])
  func `a name is no numeric address`(host: String) {
    guard case .failure(let failure) = Syscalls.resolve(host: host, port: 80, isNumeric: true) else {
      Issue.record("\(host) is numeric")
      return
    }
    #expect(!failure.message.isEmpty)
  }
}
