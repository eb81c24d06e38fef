import Policy

/// One request of the simulation: what the driver of an exchange keeps beside its machine.
final class SimulatedRequest {
  let id: UInt64
  var machine: ExchangeMachine
  var plan: RoutePlan
  /// Whether a stream that breaks is asked for again.
  let recovers: Bool
  /// Places it needs before it may go anywhere.
  let places: [Int]
  /// How often the client's SDK has asked already.
  let clientRetries: Int

  var ticket: AttemptTicket?
  var hasTransfer = false
  var requestPlace: AdmissionQueue.Ticket?
  var upstreamPlace: AdmissionQueue.Ticket?
  var waitsFor: AdmissionQueue.Ticket?
  /// The stop of the plan that it waits for or has got a place at.
  var stop: Int?
  var queueUntil: ContinuousClock.Instant?
  var retryAt: ContinuousClock.Instant?
  var silentAt: ContinuousClock.Instant?

  /// What must not happen: more than one end, bytes behind it, a second attempt behind bytes that were not to be
  /// followed by one.
  var ends = 0
  var commits = 0
  var hasSent = false
  var sentAfterEnd = 0
  var attemptsAfterSending = 0
  /// Attempts at each stop of the plan, not counting those that only changed the key.
  var attempts: [Int: Int] = [:]

  init(
    id: UInt64, plan: RoutePlan, places: [Int], recovers: Bool, clientRetries: Int, deadline: ContinuousClock.Instant
  ) {
    self.id = id
    self.plan = plan
    self.places = places
    self.recovers = recovers
    self.clientRetries = clientRetries
    machine = ExchangeMachine(clientRetries: clientRetries, deadline: deadline)
  }

  /// When something has to happen although nobody says anything.
  var nextTimer: ContinuousClock.Instant? {
    guard !machine.isFinished else { return nil }
    var due = [queueUntil, retryAt, silentAt].compactMap { $0 }
    // A stream's deadline ends at the commit.
    if machine.state != .streaming { due.append(machine.deadline) }
    return due.min()
  }

  /// Whether anything is left that belongs to a request which runs.
  var holdsNothing: Bool {
    ticket == nil && !hasTransfer && requestPlace == nil && upstreamPlace == nil && waitsFor == nil
      && queueUntil == nil && retryAt == nil && silentAt == nil
  }
}
