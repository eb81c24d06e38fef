import Policy
import Wire

/// The answer of a blocking call whose upstream was asked for a stream, in whichever API.
package struct AnswerAggregate: Sendable {
  private enum Kind {
    case chat, responses
  }

  private let kind: Kind
  private var chat: ChatAggregate
  private var responses: ResponsesAggregate?

  /// An answer in the chat API or its predecessor.
  package init(_ flavor: ChatTap.Flavor) {
    kind = .chat
    chat = ChatAggregate(flavor)
  }

  /// An answer in the responses API.
  package static var responses: AnswerAggregate {
    var aggregate = AnswerAggregate(kind: .responses)
    aggregate.responses = ResponsesAggregate()
    return aggregate
  }

  private init(kind: Kind) {
    self.kind = kind
    chat = ChatAggregate(.chat)
  }

  /// Whether more has come than is kept of one answer.
  package var isOverfull: Bool { (responses?.weight ?? chat.weight) > Limits.aggregateBytesMax }

  /// Whether nothing of an answer has come, so that there is none to give.
  package var isEmpty: Bool { responses?.isEmpty ?? chat.isEmpty }

  /// Takes in a complete block of the stream, which must be sound JSON (see `EventSoundness`).
  package mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    switch kind {
    case .chat: chat.observe(block, in: source)
    case .responses: responses?.observe(block, in: source)
    }
  }

  /// The answer in one piece.
  ///
  /// - Parameters:
  ///   - isStopped: whether the stream was stopped before its end, so that this is a part of the answer.
  ///   - requestID: what the answer's id is made of where the stream named none.
  package func answer(isStopped: Bool, requestID: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    func identity(_ prefix: String) -> StreamIdentity {
      StreamIdentity(id: prefix + requestID.description, model: model ?? "", created: createdAt)
    }
    guard let responses else {
      return chat.answer(isStopped: isStopped, fallback: identity(chat.flavor.idPrefix))
    }
    return isStopped
      ? responses.stoppedAnswer(fallback: identity("resp_")) : responses.answer(fallback: identity("resp_"))
  }
}

extension ChatTap.Flavor {
  /// What the ids of the API's answers begin with.
  package var idPrefix: String {
    switch self {
    case .chat: "chatcmpl-"
    case .completions: "cmpl-"
    }
  }
}
