import Config
import HTTPServer
import Policy
import Reactor
import Store
import Time
import Wire

/// Sends a client the events of a background response: those that are stored, then each as it is made.
///
/// It reads them from the store only, so that whoever follows sees the same, whenever and on whichever loop.
final class ResponseFollower: LoopTask {
  private let gateway: GatewayLoop
  private let connection: ServerConnection
  /// What the client asked for; `nil` where its request goes on as the one that makes the response.
  private let context: RequestContext?
  private let owner: Owner
  private let name: ResponseWatch.Name
  /// The sequence number of the last event that was sent.
  private var last: Int
  private var slot = SlotID.none
  private var timer = TimerID.none
  private var isReading = false
  /// Whether the response has grown since the last look.
  private var hasGrown = false
  private var lastSent: Instant

  /// - Parameter after: the sequence number of the last event that the client has; -1 for none.
  init(
    _ gateway: GatewayLoop, _ connection: ServerConnection, _ context: RequestContext?, _ id: String, owner: Owner,
    after: Int
  ) {
    self.gateway = gateway
    self.connection = connection
    self.context = context
    self.owner = owner
    name = ResponseWatch.Name(id, of: owner)
    last = after
    lastSent = gateway.loop.now
  }

  /// - Parameter id: of the request, for the head of the answer.
  func start(_ id: RequestID) {
    slot = gateway.tasks.insert(self)
    connection.owner = slot
    let snapshot = gateway.snapshot
    let head = connection.head
    connection.begin(200, length: nil) { out in
      AnswerHead.appendUnbuffered("text/event-stream; charset=utf-8", to: &out)
      LocalAnswer.appendCommonFields(head, id: id, snapshot: snapshot, to: &out)
    }
    // Before the first look: what comes in between must not be missed.
    gateway.process.watch.add(watcher, to: name)
    read()
    armTimer()
  }

  /// The response has grown, or has ended.
  func grown() {
    hasGrown = true
    read()
  }

  private var watcher: ResponseWatch.Watcher { .init(loop: gateway.loop.index, slot: slot.rawValue) }

  private func read() {
    guard !isReading, !connection.isCongested, slot != .none else { return }
    isReading = true
    hasGrown = false
    gateway.askStore {
      $0.events(of: name.id, after: last, owner: owner, then: $1)
    } _: { [self] in
      received($0)
    }
  }

  private func received(_ result: Result<EventPage, StoreFailure>) {
    isReading = false
    guard slot != .none else { return }
    switch result {
    case .success(let page):
      if !page.bytes.isEmpty {
        connection.write(page.bytes)
        lastSent = gateway.loop.now
      }
      last = page.last
      if page.hasMore || hasGrown { return read() }
      if !page.status.isRunning { end(.completed) }
    // Deleted meanwhile, or unreadable: the client must not take what it has for all.
    case .failure(.notFound): end(.stopped)
    case .failure: end(.gatewayFailed)
    }
  }

  private func end(_ reason: EndReason) {
    leave()
    if let context { gateway.endedLocally(connection, context, status: 200, reason: reason) }
    if reason == .completed { connection.finish() } else { connection.cut() }
  }

  private func leave() {
    gateway.process.watch.remove(watcher, from: name)
    gateway.loop.cancel(timer)
    gateway.tasks.remove(slot)
    slot = .none
  }

  // MARK: - LoopTask

  func clientLeft() {
    if let context { gateway.endedLocally(connection, context, status: 200, reason: .clientLeft) }
    leave()
  }

  func outputDrained() { read() }

  func timerFired() {
    guard let interval = gateway.snapshot.configuration.keepAlive else { return }
    if lastSent + interval <= gateway.loop.now, !connection.isCongested {
      connection.write(Exchange.keepAlive)
      lastSent = gateway.loop.now
    }
    armTimer()
  }

  private func armTimer() {
    guard let interval = gateway.snapshot.configuration.keepAlive else { return }
    timer = gateway.loop.schedule(gateway, tag: slot.rawValue, at: lastSent + interval)
  }
}
