import Glibc
import Policy

/// How a store is kept.
package struct StoreOptions: Sendable {
  /// The file; `:memory:` for a store that ends with the process.
  package var path: String
  /// Bytes of content and its indices above which the oldest responses and conversations go; nil for no such limit.
  package var bytesMax: Int?
  /// Calls waiting for the disk, and the bytes they bring along; beyond either a call is refused.
  package var commandsMax: Int
  package var pendingBytesMax: Int
  /// How often what has expired is removed; zero for only when asked to.
  package var sweepEvery: Duration
  /// Seconds since 1970.
  package var clock: @Sendable () -> Int

  package init(
    path: String, bytesMax: Int? = nil, commandsMax: Int = Limits.storeCommandsMax,
    pendingBytesMax: Int = Limits.storePendingBytesMax,
    sweepEvery: Duration = Limits.storeSweepEvery, clock: @escaping @Sendable () -> Int = { Glibc.time(nil) }
  ) {
    self.path = path
    self.bytesMax = bytesMax
    self.commandsMax = commandsMax
    self.pendingBytesMax = pendingBytesMax
    self.sweepEvery = sweepEvery
    self.clock = clock
  }
}
