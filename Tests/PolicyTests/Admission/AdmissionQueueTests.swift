import Policy
import Testing

struct AdmissionQueueTests {
  private var queue = AdmissionQueue()

  private func holder(_ number: Int) -> AdmissionQueue.Holder { .init(loop: 0, slot: UInt64(number)) }

  private mutating func row(_ name: String, _ concurrency: Int, queue bound: Int = 100) -> Int {
    queue.row(named: name, limit: QueueLimit(concurrency: concurrency, queue: bound))
  }

  private func ticket(_ answer: AdmissionQueue.Answer) throws -> AdmissionQueue.Ticket {
    switch answer {
    case .granted(let ticket), .waiting(let ticket, _): return ticket
    case .full: return try #require(nil)
    }
  }

  private func slots(_ granted: [(AdmissionQueue.Ticket, AdmissionQueue.Holder)]) -> [UInt64] { granted.map(\.1.slot) }

  @Test mutating func `as many run as may, the next wait, the rest is turned away`() throws {
    let row = row("gateway", 2, queue: 2)
    let answers = (0..<5).map { queue.ask(for: [row], holder($0)) }
    guard case .granted = answers[0], case .granted = answers[1], case .waiting(_, position: 1) = answers[2],
      case .waiting(_, position: 2) = answers[3]
    else {
      Issue.record("\(answers)")
      return
    }
    #expect(answers[4] == .full)
    #expect(queue.rows[row].running == 2 && queue.rows[row].waiting == 2 && queue.rows[row].refused == 1)
    #expect(queue.fullRows == [row])
  }

  @Test mutating func `first come, first served`() throws {
    let row = row("gateway", 1)
    let tickets = try (0..<4).map { try ticket(queue.ask(for: [row], holder($0))) }
    #expect(slots(queue.leave(tickets[0])) == [1])
    #expect(queue.position(of: tickets[3]) == 2)
    #expect(slots(queue.leave(tickets[1])) == [2])
    #expect(slots(queue.leave(tickets[2])) == [3])
    #expect(slots(queue.leave(tickets[3])) == [])
    #expect(queue.rows[row].running == 0)
  }

  @Test mutating func `one who leaves while waiting frees its place in the queue`() throws {
    let row = row("gateway", 1, queue: 1)
    let first = try ticket(queue.ask(for: [row], holder(0)))
    let second = try ticket(queue.ask(for: [row], holder(1)))
    #expect(queue.ask(for: [row], holder(2)) == .full)
    #expect(slots(queue.leave(second)) == [])
    #expect(queue.rows[row].abandoned == 1)
    let third = try ticket(queue.ask(for: [row], holder(3)))
    #expect(slots(queue.leave(first)) == [3])
    #expect(queue.position(of: third) == nil)
  }

  @Test mutating func `giving back twice changes nothing`() throws {
    let row = row("gateway", 1)
    let first = try ticket(queue.ask(for: [row], holder(0)))
    _ = queue.leave(first)
    let second = try ticket(queue.ask(for: [row], holder(1)))
    #expect(slots(queue.leave(first)) == [])
    #expect(queue.rows[row].running == 1)
    _ = queue.leave(second)
    #expect(queue.rows[row].running == 0)
  }

  @Test mutating func `one who waits for a busy model does not hold up another`() throws {
    let gateway = row("gateway", 3)
    let busy = row("model:busy", 1)
    let idle = row("model:idle", 2)
    let first = try ticket(queue.ask(for: [gateway, busy], holder(0)))
    guard case .waiting = queue.ask(for: [gateway, busy], holder(1)),
      case .granted = queue.ask(for: [gateway, idle], holder(2))
    else {
      Issue.record("the wrong ones wait")
      return
    }
    #expect(slots(queue.leave(first)) == [1])
    #expect(queue.rows[gateway].running == 2 && queue.rows[busy].running == 1)
  }

  @Test mutating func `a higher limit lets the waiting go`() throws {
    let row = row("gateway", 1)
    for index in 0..<4 { _ = queue.ask(for: [row], holder(index)) }
    #expect(self.row("gateway", 3) == row)
    #expect(slots(queue.grant()) == [1, 2])
    #expect(queue.rows[row].running == 3)
  }

  @Test(arguments: 0..<6)
  mutating func `whatever comes, nobody is lost, overtaken or let in too many`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let rows = [row("a", 2, queue: 5), row("b", 3, queue: 9), row("c", 1, queue: 2)]
    var held: [AdmissionQueue.Ticket: [Int]] = [:]
    var waiting: [(ticket: AdmissionQueue.Ticket, rows: [Int])] = []
    for step in 0..<5000 {
      if Bool.random(using: &random) {
        let wanted = rows.filter { _ in Bool.random(using: &random) }
        switch queue.ask(for: wanted, holder(step)) {
        case .granted(let ticket): held[ticket] = wanted
        case .waiting(let ticket, _): waiting.append((ticket, wanted))
        case .full: #expect(wanted.contains { queue.rows[$0].waiting >= queue.rows[$0].limit.queue })
        }
      } else if let leaving = (Array(held.keys) + waiting.map(\.ticket)).randomElement(using: &random) {
        held[leaving] = nil
        waiting.removeAll { $0.ticket == leaving }
        for (ticket, _) in queue.leave(leaving) {
          let index = try #require(waiting.firstIndex { $0.ticket == ticket })
          held[ticket] = waiting.remove(at: index).rows
        }
      }
      for row in rows {
        #expect(queue.rows[row].running == held.values.count { $0.contains(row) })
        #expect(queue.rows[row].waiting == waiting.count { $0.rows.contains(row) })
        #expect(queue.rows[row].running <= queue.rows[row].limit.concurrency)
      }
      // Nobody waits who could go.
      #expect(waiting.allSatisfy { !$0.rows.allSatisfy { queue.rows[$0].running < queue.rows[$0].limit.concurrency } })
    }
  }
}
