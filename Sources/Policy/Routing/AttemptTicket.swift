/// One running attempt, as the books know it. Taken when an attempt starts and handed back exactly once, when it ends.
package struct AttemptTicket: Equatable, Sendable {
  /// The target's row in the `HealthTable`.
  package let row: Int
  /// The upstream's row there.
  package let upstreamRow: Int
  /// Which of the upstream's keys it uses.
  package let key: Int
  /// Whether it is the probe of a breaker.
  package let isProbe: Bool
  /// The breaker's epoch at the start.
  let epoch: Int

  /// A ticket of no books, for targets whose health is not kept.
  static func untracked(key: Int) -> AttemptTicket {
    AttemptTicket(row: HealthTable.noRow, upstreamRow: HealthTable.noRow, key: key, isProbe: false, epoch: 0)
  }
}
