import Policy
import Telemetry

/// Everything that crosses from one thread to a loop: a closed list, and none of it on the path of a relayed event.
enum GatewayMessage: Sendable {
  /// Use this configuration for requests that begin from now on.
  case swap(Snapshot)
  /// Finish what is running, take on nothing new.
  case drain
  /// Every loop has finished: close what is open.
  case leave
  /// A request of this loop that was waiting for its turn has got it.
  case placeGranted(AdmissionQueue.Ticket, slot: UInt64)
  /// The store has answered a call of this loop's: a `Result`.
  case stored(any Sendable, ticket: UInt64)
  /// A background response that this loop's task follows has more events.
  case responseGrew(slot: UInt64)
  /// Another loop asks about the requests of this one.
  case question(Question, ticket: UInt64, from: Int)
  /// What another loop answered.
  case answer(Answer, ticket: UInt64)

  /// Questions come as often as clients ask; every other message is one of few, or the answer to a question.
  var isQuestion: Bool {
    if case .question = self { true } else { false }
  }
}

/// What can be asked of every loop.
enum Question: Sendable {
  /// Stop the running requests with this id that belong to the owner.
  case stop(id: String, owner: Owner)
  /// The requests with this id, running or remembered.
  case find(id: String, owner: Owner)
  /// All running requests of the owner.
  case list(owner: Owner)
  /// The loop's counters.
  case metrics
}

/// One loop's answer, or the sum of several.
struct Answer: Sendable {
  /// Requests that this question has stopped.
  var stopped = 0
  /// Responses that it has stopped, as they stand.
  var stoppedAnswers: [[UInt8]] = []
  /// Requests found.
  var records: [RequestRecord] = []
  var metrics = LoopMetrics()

  mutating func merge(_ other: Answer) {
    stopped += other.stopped
    stoppedAnswers += other.stoppedAnswers
    records += other.records
    metrics.merge(other.metrics)
  }
}
