import Dialects
import Policy
import Store
import Wire

/// What a request of the responses API has to do with what is stored: what it goes on from, and where its answer is
/// kept.
final class ResponseTurn {
  /// What the client asked for.
  let wishes: ResponsesStatePeek
  /// The ids of stored items that stand in the input for the items themselves.
  let references: [String]
  /// The ids of a response that the gateway makes.
  let ids: AnswerIDs
  /// What the model has seen and said before, as JSON items, oldest first.
  var history: [[UInt8]] = []
  /// Stored items that the input refers to by their ids.
  var referenced: [String: JSONTree] = [:]
  /// The upstream that keeps the previous response itself.
  var keeper: String?
  /// Why the history is not known here. Only the upstream that keeps it can go on from there.
  var unknown: Failure?
  /// Whether a conversation that is kept here waits for the end of this turn.
  var isInConversation = false
  /// Whether the response is made without the client waiting for it.
  var isInBackground = false
  /// The response as it was when it went into the background.
  var announced: [UInt8] = []
  /// Whether the upstream has been asked for it, and the store told so.
  var hasBegun = false
  /// Whether the store has been told how the response ended.
  var isSettled = false
  /// Of a response in the background: events that the store has not been given yet, and how many it has.
  var log = EventLog()
  /// The response as the terminal event of its upstream's stream brought it.
  var final: [UInt8]?
  /// The request as the translation has read it.
  var request: ResponsesRequest?

  init(_ wishes: ResponsesStatePeek, references: [String], ids: AnswerIDs) {
    self.wishes = wishes
    self.references = references
    self.ids = ids
  }

  /// Whether the store has to be asked before anybody can answer.
  var needsHistory: Bool {
    wishes.previousResponseID != nil || wishes.conversationID != nil || !references.isEmpty
  }

  /// Why nobody can go on from what the request names; `nil` where its upstream may know it although it is not known
  /// here.
  ///
  /// - Parameter isShared: whether several owners use the same upstreams: then what is not known to be this one's may
  ///   be another's.
  func refusal(isShared: Bool) -> Failure? {
    if let unknown {
      let isOwn = [wishes.previousResponseID, wishes.conversationID].contains { $0.map(OwnID.isOwn) ?? false }
      return (isShared && keeper == nil) || isOwn ? unknown : nil
    }
    guard isShared, let missing = references.first(where: { referenced[$0] == nil }) else { return nil }
    return Failure(.itemNotFound, message: "Item with id '\(missing.prefix(100))' not found.", param: "input")
  }

  /// Whether an upstream that has the API can be sent the request as the client wrote it: there is nothing known here
  /// to go on from, or it keeps that itself.
  func isUnderstood(by upstream: String) -> Bool {
    keeper == upstream || history.isEmpty && !references.contains(where: OwnID.isOwn)
  }
}

/// Events on their way to the store: one piece at a time is written, what comes meanwhile makes the next one.
struct EventLog {
  private var waiting: [UInt8]
  private var written = 0
  private(set) var isWriting = false

  init(_ events: [UInt8] = []) {
    waiting = events
  }

  mutating func append(_ events: some Sequence<UInt8>) { waiting += events }

  /// What has gathered since the last piece; `nil` if that is nothing.
  mutating func next() -> EventPiece? {
    let count = EventLog.count(waiting)
    guard count > 0 else { return nil }
    let piece = EventPiece(sequence: written...written + count - 1, bytes: waiting)
    waiting = []
    written += count
    isWriting = true
    return piece
  }

  mutating func wasWritten() { isWriting = false }

  /// Events end with an empty line, and have none inside.
  private static func count(_ events: [UInt8]) -> Int {
    var count = 0
    var previous: UInt8 = 0
    for byte in events {
      if byte == 0x0a, previous == 0x0a { count += 1 }
      previous = byte
    }
    return count
  }
}
