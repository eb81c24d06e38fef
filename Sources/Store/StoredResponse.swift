/// How far a response is, as the API spells it.
package enum ResponseStatus: String, Sendable, CaseIterable {
  case queued
  case inProgress = "in_progress"
  case completed, incomplete, failed, cancelled

  /// Whether it is still being made.
  package var isRunning: Bool { self == .queued || self == .inProgress }
  /// Whether another response can go on from it, and a conversation takes it in.
  package var isContinuable: Bool { self == .completed || self == .incomplete }
}

/// A response as it is kept.
package struct StoredResponse: Equatable, Sendable {
  /// `resp_…`, unique within its owner's responses.
  package var id: String
  /// When it was made and from when on it is gone, in seconds since 1970. One that the gateway is making does not
  /// expire.
  package var created: Int
  package var expires: Int
  package var status: ResponseStatus
  /// The model's name as the client gave it.
  package var model: String
  /// The upstream that answered, or will.
  package var upstream: String
  /// Whether that upstream keeps the response itself, so that it can be asked about it. One that runs there is nobody's
  /// business here: it expires and outlives a restart as if it did not run.
  package var isNative: Bool
  /// The response that this one goes on from, as the client named it.
  package var previousID: String?
  /// The conversation that this response is a turn of.
  package var conversationID: String?
  package var isBackground: Bool
  /// Whether it was asked for as a stream.
  package var isStream: Bool
  /// The response object, JSON.
  package var object: [UInt8]

  package init(
    id: String, created: Int, expires: Int, status: ResponseStatus, model: String, upstream: String,
    isNative: Bool = false, previousID: String? = nil, conversationID: String? = nil, isBackground: Bool = false,
    isStream: Bool = false, object: [UInt8]
  ) {
    self.id = id
    self.created = created
    self.expires = expires
    self.status = status
    self.model = model
    self.upstream = upstream
    self.isNative = isNative
    self.previousID = previousID
    self.conversationID = conversationID
    self.isBackground = isBackground
    self.isStream = isStream
    self.object = object
  }
}

/// Some events of a background stream, in a row.
package struct EventPiece: Equatable, Sendable {
  /// Sequence numbers of the first and the last event; one event for each number between them.
  package var sequence: ClosedRange<Int>
  /// The events as they were sent, each ended by an empty line (LF LF) and without empty lines inside.
  package var bytes: [UInt8]

  package init(sequence: ClosedRange<Int>, bytes: [UInt8]) {
    self.sequence = sequence
    self.bytes = bytes
  }
}

/// The next events of a background stream.
package struct EventPage: Equatable, Sendable {
  /// Whole events, at least one if there is a further one; about `Limits.eventPageBytes`.
  package var bytes: [UInt8]
  /// The sequence number of the last of them, to go on after; the number asked with, when there are none.
  package var last: Int
  /// Whether more are stored.
  package var hasMore: Bool
  /// How far the response is: once it no longer runs and there is no more, that was all.
  package var status: ResponseStatus
}
