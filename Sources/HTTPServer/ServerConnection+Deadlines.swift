import Reactor
import Time

/// One timer per connection. It is left armed when a deadline moves away and looks again when it fires, so that a busy
/// connection does not touch the timer heap at all.
extension ServerConnection {
  /// When the current phase has lasted too long; `nil` while an answer is awaited and nothing is stuck.
  private var deadline: Instant? {
    // Each option read where it lies: a copy of them all would be counted.
    if isInHandshake, phase != .closed { return requestStart + server.options.headerTimeout }
    switch phase {
    case .idle: return since + (isWritten ? server.options.idleTimeout : server.options.writeStall)
    case .receivingHead: return requestStart + server.options.headerTimeout
    case .receivingBody: return since + server.options.bodyTimeout
    case .answering: return isWritten ? nil : since + server.options.writeStall
    case .closing: return since + server.options.writeStall
    case .lingering: return since + server.options.linger
    case .closed: return nil
    }
  }

  /// Counts bytes that came or went: whoever lets single ones through, each in time, does not get on.
  func progressed(_ count: Int) {
    progress += count
    guard progress >= ServerConnection.progressBytes else { return }
    progress = 0
    since = loop.now
  }

  /// Sees to it that the timer fires no later than the deadline.
  func ensureTimer() {
    guard let deadline, timer == .none || deadline < timerDeadline else { return }
    loop.cancel(timer)
    timer = loop.schedule(self, tag: 0, at: deadline)
    timerDeadline = deadline
  }

  package func timerFired(_ tag: UInt64) {
    timer = .none
    guard let deadline else { return }
    guard deadline <= loop.now else { return ensureTimer() }
    switch phase {
    case .idle: closeInOrder()
    case .lingering: close()
    case .receivingHead, .receivingBody: timeOut()
    case .answering, .closing:
      // A client that takes nothing is as good as gone.
      peerGone()
    case .closed: break
    }
  }
}
