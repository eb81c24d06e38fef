import Dialects
import Policy
import Wire

/// The side-peek that fits the stream being relayed.
enum StreamTap {
  case chat(ChatTap, includesUsage: Bool)
  case responses(ResponsesTap)
  /// A stream of another API: its events are counted, and it is whole when it ends.
  case opaque(events: Int)

  init(_ request: RelayRequest) {
    switch request.endpoint {
    case .chat: self = .chat(ChatTap(.chat, choices: request.choices), includesUsage: request.includesUsage)
    case .completions:
      self = .chat(ChatTap(.completions, choices: request.choices), includesUsage: request.includesUsage)
    case .responses: self = .responses(ResponsesTap())
    case .embeddings, .models, .model, .requests, .request, .stopRequest, .relay, .health, .ready, .metrics:
      self = .opaque(events: 0)
    }
  }

  mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    switch self {
    case .chat(var tap, let includesUsage):
      // Emptied first, so that the tap is changed in place instead of being copied.
      self = .opaque(events: 0)
      tap.observe(block, in: source)
      self = .chat(tap, includesUsage: includesUsage)
    case .responses(var tap):
      self = .opaque(events: 0)
      tap.observe(block, in: source)
      self = .responses(tap)
    case .opaque(let events): self = .opaque(events: events + (block.dataLines > 0 ? 1 : 0))
    }
  }

  /// Whether the gateway knows how such a stream ends.
  var isKnownProtocol: Bool {
    switch self {
    case .chat, .responses: true
    case .opaque: false
    }
  }

  /// Events that carried data; `[DONE]` counts, because it can be the first and only one.
  var events: Int {
    switch self {
    case .chat(let tap, _): tap.events + (tap.sawDone ? 1 : 0)
    case .responses(let tap): tap.events
    case .opaque(let events): events
    }
  }

  /// The id of the answer that the client has seen.
  var answerID: String? {
    switch self {
    case .chat(let tap, _): tap.id
    case .responses(let tap): tap.id
    case .opaque: nil
    }
  }

  var usage: TokenUsage? {
    switch self {
    case .chat(let tap, _): tap.usage
    case .responses(let tap): tap.usage
    case .opaque: nil
    }
  }

  /// The first error inside the stream.
  var error: PeekedError? {
    switch self {
    case .chat(let tap, _): tap.error
    case .responses(let tap): tap.error
    case .opaque: nil
    }
  }

  /// Whether the stream may end here and be whole. One that ended with an error of its own has said how it ended.
  var isComplete: Bool {
    switch self {
    case .chat(let tap, _): tap.isComplete || tap.error != nil
    case .responses(let tap): tap.terminal != nil || tap.error != nil
    case .opaque: true
    }
  }

  /// Whether the answer is over as its protocol has it, although the upstream may not have ended the body.
  var isTerminal: Bool {
    switch self {
    case .chat(let tap, _): tap.terminalSeen
    case .responses(let tap): tap.terminal != nil
    case .opaque: false
    }
  }

  /// Whether nothing that follows can matter: the client's body is ended together with this event.
  var endsBody: Bool {
    switch self {
    case .chat(let tap, _): tap.sawDone
    case .responses, .opaque: false
    }
  }

  /// The events that end a stopped stream properly.
  func stopEnding(id: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    switch self {
    case .chat(let tap, let includesUsage):
      tap.stopEnding(includeUsage: includesUsage, fallback: StreamTap.identity("chatcmpl-", id, model, createdAt))
    case .responses(let tap): tap.stopEnding(fallback: StreamTap.identity("resp_", id, model, createdAt))
    case .opaque: []
    }
  }

  /// The events that tell the client of a failure inside the stream.
  func failedEnding(_ failure: Failure, id: RequestID, model: String?, createdAt: Int) -> [UInt8] {
    let body = ErrorBody(failure)
    switch self {
    case .chat, .opaque: return body.chatEnding
    case .responses(let tap):
      return tap.failedEnding(body, fallback: StreamTap.identity("resp_", id, model, createdAt))
    }
  }

  private static func identity(_ prefix: String, _ id: RequestID, _ model: String?, _ created: Int) -> StreamIdentity {
    StreamIdentity(id: prefix + id.description, model: model ?? "", created: created)
  }
}
