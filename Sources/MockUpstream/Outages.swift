import Synchronization

/// Parts of the mock that are down for a while: a path prefix, such as `/primary`, stands for one upstream, and while
/// it is down every request below it is answered by the outage's scenario instead of its own.
final class Outages: Sendable {
  /// One part that is down.
  struct Outage: Sendable {
    var prefix: String
    /// Scenario keys without the leading name: `fail=503` or `silent`.
    var scenario: String
    /// CLOCK_MONOTONIC in nanoseconds; nil: until it is ended.
    var until: UInt64?
  }

  /// Outages at one time; a further one is refused.
  static let outagesMax = 64

  private let state = Mutex<[Outage]>([])

  /// Begins an outage, in place of one that the prefix may have. False when there are too many.
  func begin(_ outage: Outage) -> Bool {
    state.withLock { outages in
      outages.removeAll { $0.prefix == outage.prefix }
      guard outages.count < Self.outagesMax else { return false }
      outages.append(outage)
      return true
    }
  }

  /// Ends the outage of a prefix.
  func end(_ prefix: String) {
    state.withLock { $0.removeAll { $0.prefix == prefix } }
  }

  /// The scenario of whoever asks for `target` at `now`, if that part is down.
  func scenario(for target: String, now: UInt64) -> String? {
    state.withLock { outages in
      outages.first { target.hasPrefix($0.prefix) && $0.until.map { now < $0 } ?? true }?.scenario
    }
  }
}
