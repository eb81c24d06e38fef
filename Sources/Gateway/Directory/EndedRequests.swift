import Policy
import Time

/// The requests of a loop that ended lately: a ring, bounded in number and age.
struct EndedRequests {
  private var ring: [(record: RequestRecord, endedAt: Instant)] = []
  private var next = 0

  mutating func remember(_ record: consuming RequestRecord, now: Instant) {
    if ring.count < Limits.rememberedRequestsMax {
      ring.append((record, now))
    } else {
      ring[next] = (record, now)
      next = (next + 1) % ring.count
    }
  }

  /// The remembered requests known as `id` that `owner` may see.
  func find(_ id: String, owner: Owner, now: Instant) -> [RequestRecord] {
    ring.lazy
      .filter { now - $0.endedAt < Limits.rememberedFor && $0.record.isKnown(as: id) && $0.record.isVisible(to: owner) }
      .map(\.record)
  }
}
