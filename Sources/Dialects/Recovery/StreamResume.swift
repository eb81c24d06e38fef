import Wire

/// What an event of a continuation is to the client whose stream broke.
package enum ResumeStep: Equatable, Sendable {
  /// These bytes are what the client is to get for it; empty when it has it already.
  case pass([UInt8])
  /// The new answer is not the old one: it cannot be joined to what the client has.
  case differs
}

/// Joins the streams of several attempts to one that the client takes for one answer.
///
/// While a stream runs it is only remembered, so far as is needed to know the same answer when it comes again:
/// `note`. When it has broken and was asked for again (`begin`), each event of the new stream is turned into what the
/// client lacks (`rewrite`): text that begins with exactly what was sent is left out, identities become those of the
/// first stream, usage is summed. What differs is never sent.
package struct StreamResume: Sendable {
  private enum Kind {
    case chat, responses
  }

  private let kind: Kind
  private var chat: ChatResume
  private var responses: ResponsesResume?
  private var isOverfull = false

  /// For a stream of the chat API or its predecessor.
  package init(_ flavor: ChatTap.Flavor) {
    kind = .chat
    chat = ChatResume(flavor)
  }

  /// For a stream of the responses API.
  package static var responses: StreamResume {
    var resume = StreamResume(kind: .responses)
    resume.responses = ResponsesResume()
    return resume
  }

  private init(kind: Kind) {
    self.kind = kind
    chat = ChatResume(.chat)
  }

  /// Whether a stream that breaks here could be joined to another one: what was sent is all remembered.
  package var isPossible: Bool { !isOverfull }

  /// Remembers an event that the client is sent as it came. The event must be sound JSON.
  ///
  /// - Parameter bytesMax: beyond so many bytes the stream is forgotten and can no longer be joined to another.
  package mutating func note(_ block: SSEBlock, in source: Span<UInt8>, bytesMax: Int) {
    guard !isOverfull else { return }
    switch kind {
    case .chat: chat.note(block, in: source)
    case .responses: responses?.note(block, in: source)
    }
    guard (responses?.weight ?? chat.weight) > bytesMax || responses?.hasTooMuch == true else { return }
    isOverfull = true
    chat = ChatResume(chat.flavor)
    if responses != nil { responses = ResponsesResume() }
  }

  /// Gives up on joining: something was sent that is not remembered.
  package mutating func forget() { isOverfull = true }

  /// The text to continue from, escaped: of an answer of one choice that is nothing but text so far. Nil when there is
  /// none, or more than that.
  package var prefill: [UInt8]? { responses == nil && !isOverfull ? chat.prefill : nil }

  /// A new stream begins.
  ///
  /// - Parameter isContinuation: whether it was asked to go on from `prefill` instead of from the beginning.
  package mutating func begin(isContinuation: Bool) {
    switch kind {
    case .chat: chat.begin(isContinuation: isContinuation)
    case .responses: responses?.begin()
    }
  }

  /// What the client is to get for an event of the new stream. The event must be sound JSON.
  package mutating func rewrite(_ block: SSEBlock, in source: Span<UInt8>) -> ResumeStep {
    switch kind {
    case .chat: chat.rewrite(block, in: source)
    case .responses: responses?.rewrite(block, in: source) ?? .differs
    }
  }
}
