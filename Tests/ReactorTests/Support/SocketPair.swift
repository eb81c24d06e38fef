import CLinux
import Glibc
import Reactor

/// Two connected non-blocking stream sockets.
struct SocketPair: Sendable {
  let near: Int32
  let far: Int32

  /// - Parameter bufferBytes: the size asked for the sending buffer of `near`.
  init(bufferBytes: Int32? = nil) {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    precondition(socketpair(AF_UNIX, kind, 0, &ends) == 0, "the test has run out of descriptors")
    (near, far) = (ends[0], ends[1])
    if var bytes = bufferBytes {
      setsockopt(near, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// Sends one byte from `far`, which makes `near` readable.
  func poke() {
    var byte: UInt8 = 1
    precondition(send(far, &byte, 1, Int32(MSG_NOSIGNAL)) == 1, "one byte fits")
  }

  /// What `far` can read now, at most `count` bytes.
  func drain(_ count: Int = 1 << 20) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      used = max(0, recv(far, buffer.baseAddress, count, 0))
    }
  }

  func closeBoth() {
    Syscalls.closeDescriptor(near)
    Syscalls.closeDescriptor(far)
  }
}
