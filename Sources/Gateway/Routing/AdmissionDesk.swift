import Policy
import Synchronization

/// Who may run now, in the whole process: a lock around an `AdmissionQueue`. Nobody comes here where no limit is
/// configured (decision 0006).
///
/// A place that becomes free for a waiting request is announced to the loop of that request by a message, also when it
/// is the loop that gave it back: nothing happens to a request inside a call about another one.
final class AdmissionDesk: Sendable {
  typealias Ticket = AdmissionQueue.Ticket

  private let queue = Mutex(AdmissionQueue())

  /// The row of a limited place; it has this limit from now on.
  func row(named name: String, limit: QueueLimit) -> Int {
    queue.withLock { $0.row(named: name, limit: limit) }
  }

  func ask(for rows: [Int], _ holder: AdmissionQueue.Holder) -> AdmissionQueue.Answer {
    queue.withLock { $0.ask(for: rows, holder) }
  }

  /// Gives a place back, or stops waiting for it, and tells those who may go now.
  func leave(_ ticket: Ticket, _ process: GatewayProcess) {
    announce(queue.withLock { $0.leave(ticket) }, process)
  }

  /// Lets go who can, after a reload has raised a limit.
  func limitsChanged(_ process: GatewayProcess) {
    announce(queue.withLock { $0.grant() }, process)
  }

  func position(of ticket: Ticket) -> Int? { queue.withLock { $0.position(of: ticket) } }

  /// Rows without a free place.
  var fullRows: Set<Int> { queue.withLock { $0.fullRows } }

  /// For the metrics.
  var rows: [AdmissionQueue.Row] { queue.withLock { $0.rows } }

  private func announce(_ grants: [(Ticket, AdmissionQueue.Holder)], _ process: GatewayProcess) {
    for (ticket, holder) in grants {
      process.post(.placeGranted(ticket, slot: holder.slot), to: holder.loop)
    }
  }
}
