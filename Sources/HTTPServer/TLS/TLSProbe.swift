import Reactor

/// One request and its answer over TLS on a blocking socket: for the health check of a gateway that speaks TLS. The
/// server's certificate is not looked at; whoever asks for its own state has nothing to hide.
package enum TLSProbe {
  /// Sends `request` and reads until the server ends or the time is over.
  ///
  /// - Parameter seconds: for each read and write.
  /// - Returns: `nil` when no connection could be made.
  package static func exchange(host: String, port: UInt16, request: String, seconds: Int) -> String? {
    guard let descriptor = Syscalls.connectBlocking(host: host, port: port, seconds: seconds) else { return nil }
    defer { Syscalls.closeDescriptor(descriptor) }
    let session = TLSSession(TLSContext.unverifyingClient(), isServer: false)
    let (ciphertext, plaintext) = (ScratchBuffer(), ScratchBuffer())
    var pool = BufferPool()
    var output = OutputQueue()
    output.append(Array(request.utf8), &pool)
    var answer: [UInt8] = []
    while answer.count < BlockingProbe.answerBytesMax {
      switch session.read(into: plaintext.bytes) {
      case .bytes(let count):
        answer += plaintext.bytes[..<count]
        continue
      case .needMore: break
      case .ended: return String(decoding: answer, as: UTF8.self)
      case .plainHTTP, .failed: return nil
      }
      guard case .bytes = session.flush(&output, isLast: false, descriptor, &pool),
        case .bytes(let count) = Syscalls.receive(descriptor, into: ciphertext.bytes), count > 0
      else { break }
      session.take(UnsafeRawBufferPointer(rebasing: ciphertext.bytes[..<count]))
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
