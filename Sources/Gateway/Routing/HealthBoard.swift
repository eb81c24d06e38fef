import Policy
import Synchronization

/// What the whole process knows about its targets: a lock around a `HealthTable`.
///
/// Shared by all loops, because a target that is broken for one is broken for all. It is touched when an attempt
/// starts, is first answered, and ends; never per event (decision 0006).
final class HealthBoard: Sendable {
  private let table = Mutex(HealthTable())

  /// Runs `body` on the table. Short and without calls to anything that could lock.
  func withTable<Result>(_ body: (inout HealthTable) -> sending Result) -> sending Result {
    table.withLock(body)
  }
}
