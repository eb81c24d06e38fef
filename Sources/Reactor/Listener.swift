import CLinux
import Time

/// A listening socket of one loop; all loops share the port, and the kernel spreads the connections.
package final class Listener: EventHandler, TimerHandler {
  /// Connections accepted per readiness event, so that a flood leaves time for the connections there are.
  static let acceptsPerTurn = 16
  /// How long accepting rests when there is no way to accept.
  static let restWhenFull = Duration.milliseconds(100)

  private let loop: EventLoop
  private let descriptor: Int32
  private var registration = SlotID.none
  /// Held for the day when there is no other descriptor left; -1 when it is spent.
  private var reserve: Int32
  private let accepted: (Int32, UInt64) -> Void
  private let makeRoom: () -> Bool
  /// Connections closed as soon as they were accepted, because there was no descriptor for them.
  package private(set) var turnedAway = 0

  /// - Parameters:
  ///   - accepted: takes over the descriptor of each new connection, on the loop, and where its client is.
  ///   - makeRoom: called when there is no descriptor left; closes one that can be spared, or returns false.
  package init(
    loop: EventLoop, descriptor: Int32, accepted: @escaping (Int32, UInt64) -> Void, makeRoom: @escaping () -> Bool
  ) {
    self.loop = loop
    self.descriptor = descriptor
    self.accepted = accepted
    self.makeRoom = makeRoom
    reserve = (try? Syscalls.makeEventDescriptor()) ?? -1
    registration = loop.register(descriptor, .readable, self)
  }

  package func ready(_ readiness: Readiness) {
    for _ in 0..<Listener.acceptsPerTurn {
      do {
        guard let connection = try Syscalls.accept(descriptor) else { return }
        Syscalls.disableNagle(connection.descriptor)
        accepted(connection.descriptor, connection.network)
      } catch {
        // Level-triggered: without a rest the loop would spin on a connection that it cannot accept.
        guard error.isOutOfDescriptors else { return rest() }
        // The kernel says so before it looks whether anybody is there.
        guard Syscalls.isReadable(descriptor) else { return }
        guard makeRoom() || turnAway() else { return rest() }
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
    if reserve >= 0 { Syscalls.closeDescriptor(reserve) }
  }

  /// Takes one connection with the descriptor in reserve, and closes it: its client learns now that there is no room,
  /// instead of waiting for a time limit of its own.
  ///
  /// - Returns: false when that was not possible either.
  private func turnAway() -> Bool {
    if reserve >= 0 { Syscalls.closeDescriptor(reserve) }
    let connection = try? Syscalls.accept(descriptor)
    if let connection {
      Syscalls.closeDescriptor(connection.descriptor)
      turnedAway += 1
    }
    // Another thread may have been faster; then there is none until the next time.
    reserve = (try? Syscalls.makeEventDescriptor()) ?? -1
    return connection != nil
  }

  private func rest() {
    loop.change(registration, descriptor, [])
    _ = loop.schedule(self, tag: 0, at: loop.now + Listener.restWhenFull)
  }
}
