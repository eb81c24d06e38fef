import CLinux
import Glibc

/// Where a socket connects to: an IPv4 or IPv6 address and a port, as the kernel wants it.
package struct SocketAddress: Sendable {
  var storage: sockaddr_storage
  var length: socklen_t

  init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    storage = sockaddr_storage()
    self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(self.length)))
    }
  }
}
