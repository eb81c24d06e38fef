import CLinux
import Glibc
import Reactor

/// A port of this machine at which no connection comes about.
final class DeafPort {
  enum Manner: CaseIterable {
    /// Nobody listens: connecting fails at once.
    case refuses
    /// Somebody listens whose queue is full: connecting fails by the clock.
    case ignores
  }

  let port: UInt16
  private let descriptor: Int32
  private var fillers: [Int32] = []

  init(_ manner: Manner) throws {
    let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    descriptor = made
    // Bound, the port cannot be given to anybody else meanwhile.
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else { throw SystemError(call: "bind", code: errno) }
    port = Syscalls.localPort(made)
    guard manner == .ignores else { return }
    guard listen(descriptor, 0) == 0 else { throw SystemError(call: "listen", code: errno) }
    for _ in 0..<2 { fillers.append(try Syscalls.connect(DeafPort.addresses(port)[0]).descriptor) }
  }

  deinit {
    for filler in fillers { Syscalls.closeDescriptor(filler) }
    Syscalls.closeDescriptor(descriptor)
  }

  /// The address of a port of this machine, as a resolver would find it.
  static func addresses(_ ports: UInt16...) throws -> [SocketAddress] {
    try ports.flatMap { try Syscalls.resolve(host: "127.0.0.1", port: $0, isNumeric: true).get() }
  }
}
