import Wire

/// Turns an answer in one API's shape into another's, event by event.
///
/// A translator is the last stage before the client: resuming, judging and retrying happen before it, in the
/// upstream's own dialect. It sees sound events only where the caller makes sure of that, and survives any bytes.
package protocol AnswerTranslator: Sendable {
  /// The id that the client sees (`resp_…`, `chatcmpl-…`).
  var answerID: String { get }

  /// Takes a complete block of the upstream's stream; what the client gets for it is appended to `out`.
  ///
  /// Never appends the terminal events: those come with `end`.
  mutating func take(_ block: SSEBlock, in source: Span<UInt8>, into out: inout [UInt8])

  /// Ends the stream: open things are closed, the terminal events are appended.
  ///
  /// Works in every state, also before anything was taken. An end without a word of the upstream about it is judged
  /// by the caller, who says `.complete` or `.failed`.
  ///
  /// - Parameter now: seconds since 1970.
  mutating func end(_ end: TranslationEnd, now: Int, into out: inout [UInt8])

  /// Takes a whole (blocking) answer of the upstream, which `answer` gives back translated once `end` was called.
  ///
  /// - Returns: whether it is an answer at all.
  mutating func takeWhole(_ body: [UInt8]) -> Bool

  /// The answer as one object as it stands: final after `end`, `in_progress` before.
  func answer() -> [UInt8]

  /// How many bytes it holds on to; to be compared with a cap.
  var heldBytes: Int { get }
}

/// How a translated answer ends.
package enum TranslationEnd: Equatable, Sendable {
  /// As the upstream ended it.
  case complete
  /// Someone who knows its id stopped it.
  case stopped
  /// A background answer was cancelled: there is no event for that.
  case cancelled
  /// It broke; the client is told why.
  case failed(ErrorBody)
}
