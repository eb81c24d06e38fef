import Policy
import Reactor
import Store
import Time

/// Writes down how a background response ended, and tells those who follow it.
///
/// Nobody waits for it who could be told of a failure, and a response must not be in progress for ever: it is tried
/// until the store takes it, or the next start of the process finds the response interrupted.
final class BackgroundEnd: LoopTask {
  /// Between two tries.
  static let patience = Duration.seconds(1)
  /// Tries: a disk that has been full for that long stays so.
  static let triesMax = 600

  private let gateway: GatewayLoop
  private let id: String
  private let status: ResponseStatus
  private let object: [UInt8]
  private let events: EventPiece?
  private let owner: Owner
  private var tries = 0
  private var slot = SlotID.none

  init(
    _ gateway: GatewayLoop, _ id: String, status: ResponseStatus, _ object: [UInt8], events: EventPiece?, owner: Owner
  ) {
    self.gateway = gateway
    self.id = id
    self.status = status
    self.object = object
    self.events = events
    self.owner = owner
  }

  func write() {
    tries += 1
    gateway.askStore {
      $0.update(id, status: status, object: object, events: events, owner: owner, then: $1)
    } _: { [self] result in
      switch result {
      case .success: done()
      // Deleted meanwhile, or closed for the end of the process.
      case .failure(.notFound), .failure(.closed): done()
      case .failure: tries < BackgroundEnd.triesMax ? waitAndTry() : done()
      }
    }
  }

  private func waitAndTry() {
    if slot == .none { slot = gateway.tasks.insert(self) }
    _ = gateway.loop.schedule(gateway, tag: slot.rawValue, at: gateway.loop.now + BackgroundEnd.patience)
  }

  func timerFired() { write() }

  private func done() {
    gateway.tasks.remove(slot)
    gateway.process.watch.tell(.init(id, of: owner), gateway.process)
  }
}
