/// Who may run now and who has to wait, where the number of requests that run at once is limited: in the whole gateway,
/// at an upstream, for a model.
///
/// First come, first served: whenever a place is given back, the waiting are looked through in the order in which they
/// came, and each one for whom there is room everywhere it needs it goes. One who waits for a busy model does not hold
/// up those behind who want another.
package struct AdmissionQueue: Sendable {
  /// What somebody who asked is told.
  package enum Answer: Equatable, Sendable {
    /// Go; give the ticket back at the end.
    case granted(Ticket)
    /// Wait for a grant, as the n-th in the longest of the queues.
    case waiting(Ticket, position: Int)
    /// Too many are waiting already.
    case full
  }

  /// Names one place, asked for or held. Given back exactly once; giving it back again changes nothing.
  package struct Ticket: Hashable, Sendable {
    let number: UInt64
  }

  /// Whom to tell about a grant, in terms of the caller.
  package struct Holder: Equatable, Sendable {
    package var loop: Int
    package var slot: UInt64

    package init(loop: Int, slot: UInt64) {
      self.loop = loop
      self.slot = slot
    }
  }

  /// One limited place.
  package struct Row: Equatable, Sendable {
    /// As the metrics call it.
    package let name: String
    package internal(set) var limit: QueueLimit
    /// Requests that hold a place.
    package internal(set) var running = 0
    /// Requests that wait for one.
    package internal(set) var waiting = 0
    /// Requests that were turned away because of it, and those that left before it was their turn.
    package internal(set) var refused = 0
    package internal(set) var abandoned = 0

    var hasRoom: Bool { running < limit.concurrency }
  }

  private struct Waiter: Sendable {
    var ticket: Ticket
    var rows: [Int]
    var holder: Holder
  }

  package private(set) var rows: [Row] = []
  private var names: [String: Int] = [:]
  private var held: [Ticket: [Int]] = [:]
  /// In the order of their arrival, which is that of their numbers. Bounded by the sum of the rows' queues.
  private var waiters: [Waiter] = []
  private var lastNumber: UInt64 = 0

  package init() {}

  /// The row of a limited place, made if there is none; it has this limit from now on. Rows live as long as the
  /// process, so that those who hold a place across a reload are still counted.
  package mutating func row(named name: String, limit: QueueLimit) -> Int {
    if let row = names[name] {
      rows[row].limit = limit
      return row
    }
    rows.append(Row(name: name, limit: limit))
    names[name] = rows.count - 1
    return rows.count - 1
  }

  /// Asks for a place in each of these rows at once.
  package mutating func ask(for rows: [Int], _ holder: Holder) -> Answer {
    lastNumber += 1
    let ticket = Ticket(number: lastNumber)
    // Nobody is overtaken: whoever waits for one of these rows and could go would have gone.
    if rows.allSatisfy({ self.rows[$0].hasRoom }) {
      take(rows, ticket)
      return .granted(ticket)
    }
    let full = rows.filter { !self.rows[$0].hasRoom && self.rows[$0].waiting >= self.rows[$0].limit.queue }
    guard full.isEmpty else {
      for row in full { self.rows[row].refused += 1 }
      return .full
    }
    for row in rows { self.rows[row].waiting += 1 }
    waiters.append(Waiter(ticket: ticket, rows: rows, holder: holder))
    return .waiting(ticket, position: rows.map { self.rows[$0].waiting }.max() ?? 1)
  }

  /// Gives a place back, or stops waiting for it.
  ///
  /// - Returns: who may go now.
  package mutating func leave(_ ticket: Ticket) -> [(Ticket, Holder)] {
    if let rows = held.removeValue(forKey: ticket) {
      for row in rows { self.rows[row].running -= 1 }
      return grant()
    }
    if let index = index(of: ticket) {
      for row in waiters[index].rows {
        rows[row].waiting -= 1
        rows[row].abandoned += 1
      }
      waiters.remove(at: index)
    }
    return []
  }

  /// How many are served before this one, itself included; nil when it does not wait.
  package func position(of ticket: Ticket) -> Int? {
    guard let index = index(of: ticket) else { return nil }
    let rows = waiters[index].rows
    return 1 + waiters[..<index].count { !$0.rows.allSatisfy { !rows.contains($0) } }
  }

  /// Rows without a free place.
  package var fullRows: Set<Int> { Set(rows.indices.filter { !rows[$0].hasRoom }) }

  /// Lets go who can, after a limit was raised.
  package mutating func grant() -> [(Ticket, Holder)] {
    var granted: [(Ticket, Holder)] = []
    var index = 0
    while index < waiters.count, rows.contains(where: { $0.waiting > 0 && $0.hasRoom }) {
      let waiter = waiters[index]
      guard waiter.rows.allSatisfy({ rows[$0].hasRoom }) else {
        index += 1
        continue
      }
      for row in waiter.rows { rows[row].waiting -= 1 }
      take(waiter.rows, waiter.ticket)
      granted.append((waiter.ticket, waiter.holder))
      waiters.remove(at: index)
    }
    return granted
  }

  private mutating func take(_ rows: [Int], _ ticket: Ticket) {
    for row in rows { self.rows[row].running += 1 }
    held[ticket] = rows
  }

  /// The waiters are sorted by number.
  private func index(of ticket: Ticket) -> Int? {
    var (low, high) = (0, waiters.count)
    while low < high {
      let middle = (low + high) / 2
      if waiters[middle].ticket.number < ticket.number { low = middle + 1 } else { high = middle }
    }
    return low < waiters.count && waiters[low].ticket == ticket ? low : nil
  }
}
