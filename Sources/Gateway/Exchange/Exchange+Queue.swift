import Config
import Policy
import Reactor
import Time

/// A wait for a place where the number of running requests is limited.
struct QueueWait {
  let ticket: AdmissionQueue.Ticket
  /// The stop of the plan whose upstream is full; `nil`: the gateway or the model is.
  var stop: Int?
  var since: Instant
  var until: Instant
}

/// A request's places: one at the gateway and for its model as long as it lives, and one at an upstream for each
/// attempt.
extension Exchange {
  /// Asks for the places that the request needs before it may go anywhere.
  func enter() {
    guard !route.places.isEmpty else { return perform(machine.admitted()) }
    switch process.desk.ask(for: route.places, holder) {
    case .granted(let ticket):
      requestPlace = ticket
      perform(machine.admitted())
    case .waiting(let ticket, _): wait(ticket, stop: nil, for: route.placeWait)
    case .full: perform(machine.refused(Failure(.queueFull, retryAfter: Limits.queueRetryAfter)))
    }
  }

  /// Asks for a place at the upstream of a stop, and begins the attempt or waits.
  ///
  /// - Returns: false when even the queue is full.
  func takePlace(at stop: Int) -> Bool {
    guard let row = plan.stops[stop].placeRow else { return false }
    switch process.desk.ask(for: [row], holder) {
    case .granted(let ticket):
      upstreamPlace = ticket
      grantedStop = stop
      startAttempt()
    case .waiting(let ticket, _):
      machine.mustQueue()
      wait(ticket, stop: stop, for: waitLimit(at: stop))
    case .full: return false
    }
    return true
  }

  private func wait(_ ticket: AdmissionQueue.Ticket, stop: Int?, for limit: Duration) {
    let now = gateway.loop.now
    queueWait = QueueWait(ticket: ticket, stop: stop, since: now, until: now + limit)
    armTimer()
  }

  private func waitLimit(at stop: Int) -> Duration {
    snapshot.configuration.upstreams[plan.stops[stop].target.upstream].limit?.wait ?? .zero
  }

  /// The request's turn has come.
  func placeGranted(_ ticket: AdmissionQueue.Ticket) {
    guard let wait = queueWait, wait.ticket == ticket else { return }
    queueWait = nil
    timing.queued += gateway.loop.now - wait.since
    if wait.stop == nil { requestPlace = ticket } else { upstreamPlace = ticket }
    grantedStop = wait.stop
    perform(machine.admitted())
  }

  /// It has waited for as long as it may.
  func queueLimitPassed() {
    perform(machine.refused(Failure(.queueTimeout, retryAfter: Limits.queueRetryAfter)))
  }

  /// A comment for a client whose stream waits: its place in the queue.
  var queueComment: [UInt8]? {
    guard let queueWait, let position = process.desk.position(of: queueWait.ticket) else { return nil }
    return Array(": queued, position \(position)\n\n".utf8)
  }

  func leaveUpstream() {
    if let place = upstreamPlace { process.desk.leave(place, process) }
    upstreamPlace = nil
  }

  /// Gives back whatever the request holds or waits for.
  func leaveAll() {
    leaveUpstream()
    if let wait = queueWait {
      timing.queued += gateway.loop.now - wait.since
      process.desk.leave(wait.ticket, process)
    }
    queueWait = nil
    if let place = requestPlace { process.desk.leave(place, process) }
    requestPlace = nil
  }

  private var holder: AdmissionQueue.Holder { AdmissionQueue.Holder(loop: gateway.loop.index, slot: slot.rawValue) }
}
