import Policy
import Time

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
  /// Whether it asks for a stream.
  let isStream: Bool

  var ticket: AttemptTicket?
  var hasTransfer = false
  var requestPlace: AdmissionQueue.Ticket?
  var upstreamPlace: AdmissionQueue.Ticket?
  var waitsFor: AdmissionQueue.Ticket?
  /// The stop of the plan that it waits for or has got a place at.
  var stop: Int?
  var queueUntil: Instant?
  var retryAt: Instant?
  var silentAt: Instant?

  /// What has been seen of it: ends, attempts at each stop that did not just change the key, and whether the client has
  /// part of its answer.
  var ends = 0
  var attempts: [Int: Int] = [:]
  var attemptsAfterSending = 0
  var hasSent = false
  /// Why the stream broke whose continuation is being sought, until it is found.
  var seeksAfter: ErrorCode?
  /// What must not happen.
  var mistakes: [String] = []

  init(
    id: UInt64, plan: RoutePlan, places: [Int], isStream: Bool, recovers: Bool, clientRetries: Int,
    deadline: Instant
  ) {
    self.id = id
    self.plan = plan
    self.places = places
    self.isStream = isStream
    self.recovers = recovers
    self.clientRetries = clientRetries
    machine = ExchangeMachine(clientRetries: clientRetries, deadline: deadline)
  }

  /// When something has to happen although nobody says anything.
  var nextTimer: Instant? {
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
