import Reactor

/// What is different where the client speaks TLS. A connection without it has no `tls`, and nothing of this.
extension ServerConnection {
  /// Whether everything has gone out, over TLS also what is encrypted already and, at the end, the `close_notify`.
  var isWritten: Bool {
    guard output.isEmpty else { return false }
    return tls.map { $0.isWritten(isLast: phase == .closing) } ?? true
  }

  /// Whether there is something for the socket; before the end of the handshake an answer is not.
  var waitsForSocket: Bool { tls.map { $0.unsentCount > 0 } ?? !output.isEmpty }

  /// Whether the client still owes its part of the handshake, for which it has as long as for a head.
  var isInHandshake: Bool { tls.map { !$0.isEstablished } ?? false }

  /// Writes what the socket takes.
  func writeOutput() -> IOResult {
    guard let tls else { return output.flush(descriptor, &loop.buffers) }
    return tls.flush(&output, isLast: phase == .closing, descriptor, &loop.buffers)
  }

  /// Takes apart what a read has brought.
  func received(_ ciphertext: UnsafeRawBufferPointer, through tls: TLSSession) {
    // Nothing of it matters any more.
    guard phase != .lingering else { return }
    tls.take(ciphertext)
    defer { tls.release() }
    let plaintext = server.plaintext.bytes
    while phase != .closed {
      switch tls.read(into: plaintext) {
      case .bytes(let count):
        received(UnsafeRawBufferPointer(rebasing: plaintext[..<count]))
        continue
      case .needMore: break
      case .ended: if !peerHasClosed { peerHalfClosed() }
      case .plainHTTP: return turnAwayPlainHTTP()
      case .failed: return tlsFailed(tls)
      }
      break
    }
    guard phase != .closed, tls.unsentCount > 0 else { return }
    if tls.unsentCount > TLSSession.unsentBytesMax { peerGone() } else { needTurnEnd() }
  }

  /// The socket has ended. Without a `close_notify` before, that may be somebody else's doing: the client has left.
  func socketEnded() {
    if tls == nil { peerHalfClosed() } else if !peerHasClosed { peerGone() }
  }

  /// Closes a connection on which nothing is under way; over TLS the client is told that this is the end.
  func closeInOrder() {
    if let tls, phase != .closed { _ = tls.flush(&output, isLast: true, descriptor, &loop.buffers) }
    close()
  }

  /// The client has taken this port for one without TLS, and is told so in a way that it understands.
  private func turnAwayPlainHTTP() {
    tls = nil
    refuse(.needsTLS)
    // Where another refusal waited for the handshake, that one goes out now.
    needTurnEnd()
  }

  private func tlsFailed(_ tls: TLSSession) {
    // An alert that says what is wrong; nobody waits for it to arrive.
    var nothing = OutputQueue()
    _ = tls.flush(&nothing, isLast: false, descriptor, &loop.buffers)
    peerGone()
  }
}
