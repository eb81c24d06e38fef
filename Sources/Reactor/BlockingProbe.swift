import CLinux
import Glibc

/// One request and its answer over a blocking socket: for the health check, which has no loop.
package enum BlockingProbe {
  /// Bytes of an answer that are read.
  package static let answerBytesMax = 64 << 10

  /// Sends `request` and reads until the server closes or the time is over.
  ///
  /// - Returns: `nil` when no connection could be made.
  package static func exchange(host: String, port: UInt16, request: String, seconds: Int) -> String? {
    guard let descriptor = Syscalls.connectBlocking(host: host, port: port, seconds: seconds) else { return nil }
    defer { Syscalls.closeDescriptor(descriptor) }
    var bytes = Array(request.utf8)
    let sent = bytes.withUnsafeMutableBytes { buffer in
      var segment = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
      return Syscalls.send(descriptor, &segment, 1)
    }
    guard sent == .bytes(bytes.count) else { return nil }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while answer.count < answerBytesMax {
      guard case .bytes(let count) = chunk.withUnsafeMutableBytes({ Syscalls.receive(descriptor, into: $0) }), count > 0
      else { break }
      answer += chunk[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
