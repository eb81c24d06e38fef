import CLinux

/// What the process leaves on standard error when it dies of a fault or a trap: a backtrace, and which requests ran.
package enum CrashReport {
  /// Called once, before there are loops.
  package static func install() { sluice_crash_install() }

  /// Gives the calling thread a stack for the report, so that there is one of an overflow of its own stack too. Cheap
  /// when that has been done before.
  package static func prepareThread() { sluice_crash_thread() }
}

/// The requests that run on one loop, where a crash report finds them.
package struct RunningRequests {
  /// Slots that are kept track of: 4096 × 129 bytes of address space for each loop.
  private static let slotsMax: UInt32 = 4096

  private let table: UnsafeMutablePointer<sluice_running_table>?

  /// Tables live as long as the process.
  package init() { table = sluice_running_table_make(RunningRequests.slotsMax) }

  /// A request begins in a slot of its loop.
  package func began(_ slot: SlotID, id: [UInt8]) {
    guard let table else { return }
    id.withUnsafeBytes { sluice_running_set(table, UInt32(clamping: slot.index), $0.baseAddress, $0.count) }
  }

  /// The request of the slot is over.
  package func ended(_ slot: SlotID) {
    guard let table else { return }
    sluice_running_clear(table, UInt32(clamping: slot.index))
  }
}
