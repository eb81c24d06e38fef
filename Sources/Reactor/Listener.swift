import CLinux

/// A listening socket of one loop; all loops share the port, and the kernel spreads the connections.
package final class Listener: EventHandler, TimerHandler {
  /// Connections accepted per readiness event, so that a flood leaves time for the connections there are.
  static let acceptsPerTurn = 64
  /// How long accepting rests when the process is out of descriptors.
  static let restWhenFull = Duration.milliseconds(100)

  private let loop: EventLoop
  private let descriptor: Int32
  private var registration = SlotID.none
  private let accepted: (Int32) -> Void

  /// - Parameter accepted: takes over the descriptor of each new connection, on the loop.
  package init(loop: EventLoop, descriptor: Int32, accepted: @escaping (Int32) -> Void) {
    self.loop = loop
    self.descriptor = descriptor
    self.accepted = accepted
    registration = loop.register(descriptor, .readable, self)
  }

  package func ready(_ readiness: Readiness) {
    for _ in 0..<Listener.acceptsPerTurn {
      do {
        guard let connection = try Syscalls.accept(descriptor) else { return }
        Syscalls.disableNagle(connection)
        accepted(connection)
      } catch {
        // Level-triggered: without a rest the loop would spin on a connection that it cannot accept.
        return rest()
      }
    }
  }

  package func timerFired(_ tag: UInt64) {
    guard registration != .none else { return }
    loop.change(registration, descriptor, .readable)
  }

  /// Stops accepting and closes the socket; connections that the kernel holds ready are refused.
  package func close() {
    guard registration != .none else { return }
    loop.deregister(registration, descriptor)
    registration = .none
    Syscalls.closeDescriptor(descriptor)
  }

  private func rest() {
    loop.change(registration, descriptor, [])
    _ = loop.schedule(self, tag: 0, at: loop.now + Listener.restWhenFull)
  }
}
