import Dialects
import Policy
import Wire

/// The side-peek that fits the stream being relayed.
///
/// Both taps rather than an enum of either: a payload that is looked at through a `switch` is copied, and this one is
/// looked at several times per event. A class for the same reason.
final class StreamTap {
  /// Which of the taps counts.
  private enum Kind {
    case chat, responses
    /// A stream of another API: its events are counted, and it is whole when it ends.
    case opaque
  }

  private let kind: Kind
  private let includesUsage: Bool
  private let mask: SecretMask?
  private var chat: ChatTap
  private var responses: ResponsesTap?

  /// - Parameters:
  ///   - api: the API that the upstream is asked in; `nil`: the client's.
  ///   - mask: what is taken out of errors.
  init(_ request: RelayRequest, speaking api: UpstreamAPI? = nil, mask: SecretMask? = nil) {
    self.mask = mask
    includesUsage = request.includesUsage
    chat = ChatTap(request.endpoint == .completions ? .completions : .chat, choices: request.choices)
    switch api ?? request.endpoint.api {
    case .chat: kind = .chat
    case .responses:
      kind = .responses
      responses = ResponsesTap()
    case nil: kind = request.endpoint == .completions ? .chat : .opaque
    }
  }

  /// What is looked at for every event; kept beside the taps, so that looking costs nothing.
  private(set) var state = State()

  struct State {
    /// Events that carried data; `[DONE]` counts, because it can be the first and only one.
    var events = 0
    /// Whether the stream may end here and be whole. One that ended with an error of its own has said how it ended.
    var isComplete = false
    /// Whether the answer is over as its protocol has it, although the upstream may not have ended the body.
    var isTerminal = false
    /// Whether nothing that follows can matter: the client's body is ended together with this event.
    var endsBody = false
    /// Whether the stream has told of an error.
    var hasError = false
  }

  func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    guard block.dataLines > 0 else { return }
    state.events += 1
    switch kind {
    case .chat:
      chat.observe(block, in: source)
      state.hasError = chat.hasError
      state.isComplete = chat.isComplete || state.hasError
      state.isTerminal = chat.terminalSeen
      state.endsBody = chat.sawDone
    case .responses:
      responses?.observe(block, in: source)
      state.hasError = responses?.hasError ?? false
      state.isTerminal = responses?.isComplete ?? false
      state.isComplete = state.isTerminal || state.hasError
    case .opaque: break
    }
  }

  var events: Int { state.events }
  var isTerminal: Bool { state.isTerminal }
  var endsBody: Bool { state.endsBody }

  /// Whether the stream looks as if it were about to end.
  var mayEnd: Bool { state.isComplete || state.isTerminal }

  /// Whether the stream may end here; a stream of an unknown protocol may end anywhere.
  var isComplete: Bool { kind == .opaque || state.isComplete }

  /// The id of the answer that the client has seen.
  var answerID: String? {
    switch kind {
    case .chat: chat.id
    case .responses: responses?.id
    case .opaque: nil
    }
  }

  var usage: TokenUsage? {
    switch kind {
    case .chat: chat.usage
    case .responses: responses?.usage
    case .opaque: nil
    }
  }

  /// The first error inside the stream, without the upstream's credentials.
  var error: PeekedError? {
    let error: PeekedError? =
      switch kind {
      case .chat: chat.error
      case .responses: responses?.error
      case .opaque: nil
      }
    return error.map { mask?.applied(to: $0) ?? $0 }
  }

  /// Whether the stream itself says that it failed.
  var reportsFailure: Bool {
    switch kind {
    case .chat: chat.error != nil
    case .responses: responses?.terminal == .failed || responses?.error != nil
    case .opaque: false
    }
  }

  /// How many events were no JSON; they were relayed as they came.
  var malformedEvents: Int {
    switch kind {
    case .chat: chat.malformedEvents
    case .responses: responses?.malformedEvents ?? 0
    case .opaque: 0
    }
  }

  /// What a stream that is whole still owes its client: `[DONE]` where every choice has ended without it, and
  /// `response.failed` behind an `error` event that the upstream let stand alone.
  func missingEnding(id: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    switch kind {
    case .chat:
      var ending: [UInt8] = []
      if chat.allFinished, !chat.terminalSeen { SSEWriter.appendDone(to: &ending) }
      return ending
    case .responses:
      guard let error else { return [] }
      return failedEnding(ErrorBody(error), id: id, model: model, createdAt: createdAt)
    case .opaque: return []
    }
  }

  /// The events that end a stopped stream properly.
  func stopEnding(id: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    switch kind {
    case .chat:
      chat.stopEnding(includeUsage: includesUsage, fallback: identity("chatcmpl-", id, model, createdAt))
    case .responses: responses?.stopEnding(fallback: identity("resp_", id, model, createdAt)) ?? []
    case .opaque: []
    }
  }

  /// The events that tell the client of a failure inside the stream.
  func failedEnding(_ error: ErrorBody, id: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    guard let responses else { return error.chatEnding }
    return responses.failedEnding(error, fallback: identity("resp_", id, model, createdAt))
  }

  private func identity(_ prefix: String, _ id: RequestID, _ model: String?, _ created: Int) -> StreamIdentity {
    StreamIdentity(id: prefix + id.description, model: model ?? "", created: created)
  }
}
