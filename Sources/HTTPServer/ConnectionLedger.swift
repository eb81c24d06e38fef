import Synchronization

/// Counts the client connections of a process, in all and by address, so that its loops keep to one limit together.
///
/// Shared by all loops; its lock is taken once when a connection begins and once when it ends.
package final class ConnectionLedger: Sendable {
  /// Whether a connection may stay.
  enum Verdict {
    case welcome
    /// There are as many connections as there may be.
    case full
    /// There are as many from that address as there may be.
    case crowded
  }

  private struct Counts {
    var total = 0
    var byNetwork: [UInt64: Int] = [:]
  }

  private let counts = Mutex(Counts())

  package init() {}

  /// Enters a connection, if there is room for it.
  ///
  /// - Parameters:
  ///   - network: where the client is; see `Syscalls.accept`.
  ///   - perNetworkMax: `nil` for any number.
  func admit(_ network: UInt64, max: Int, perNetworkMax: Int?) -> Verdict {
    counts.withLock { counts in
      if let perNetworkMax, counts.byNetwork[network, default: 0] >= perNetworkMax { return .crowded }
      guard counts.total < max else { return .full }
      counts.total += 1
      counts.byNetwork[network, default: 0] += 1
      return .welcome
    }
  }

  /// Takes out a connection that was welcome.
  func release(_ network: UInt64) {
    counts.withLock { counts in
      counts.total -= 1
      guard let count = counts.byNetwork[network] else { return }
      counts.byNetwork[network] = count > 1 ? count - 1 : nil
    }
  }
}
