import Reactor

/// The connections of a loop that wait for a request, the one that has waited longest first.
///
/// A connection that gets a request is not taken out; its entry turns out to be stale when it comes to the front. That
/// makes the queue cost an entry per request and nothing else.
struct IdleQueue {
  /// Stale entries tolerated besides as many as there are connections.
  private static let slack = 1024

  private var entries: [(id: SlotID, turn: UInt64)] = []
  private var first = 0
  private var turns: UInt64 = 0

  /// Puts a connection at the end.
  ///
  /// - Parameter isCurrent: whether a connection is still idle since that turn.
  /// - Returns: its turn, by which it knows its own entry; never 0.
  mutating func append(_ id: SlotID, connections: Int, isCurrent: (SlotID, UInt64) -> Bool) -> UInt64 {
    if entries.count > 2 * connections + IdleQueue.slack {
      entries.removeSubrange(..<first)
      entries.removeAll { !isCurrent($0.id, $0.turn) }
      first = 0
    }
    turns += 1
    entries.append((id, turns))
    return turns
  }

  /// Takes out the connection that has been idle longest.
  mutating func popOldest(isCurrent: (SlotID, UInt64) -> Bool) -> SlotID? {
    while first < entries.count {
      let entry = entries[first]
      first += 1
      if isCurrent(entry.id, entry.turn) { return entry.id }
    }
    entries.removeAll(keepingCapacity: true)
    first = 0
    return nil
  }
}
