import Config
import Dialects
import Policy
import Wire

/// Decides about each event of a stream that is not just passed on: because its answer is put together for a blocking
/// call, because it may have to be joined to another stream, because events that are no JSON are not to be relayed, or
/// because the client speaks another API than the upstream.
///
/// Most streams have none: their bytes go out in the reads in which they came. A class, so that having none costs those
/// nothing.
final class StreamEditor {
  /// What an event means for its stream.
  enum Verdict: Equatable {
    case goesOn
    /// The event is no JSON, and the stream must not go on with it.
    case malformed
    /// The event tells of an error that asking again may help against; it has not been passed on.
    case failed(PeekedError)
    /// The new stream does not say what the client has been told.
    case differs
    /// More has come than may be kept.
    case overfull
  }

  private let malformed: MalformedEventPolicy
  private let isResponses: Bool
  private(set) var aggregate: AnswerAggregate?
  private(set) var resume: StreamResume?
  /// Turns what is left of the events into the client's API: the last thing that is done to them.
  var translator: (any AnswerTranslator)?
  /// What the answer goes on from, where its upstream was sent the history instead of that id.
  private let origin: StoredAnswer.Origin?
  /// Whether the stream under way is another one than the client's first.
  private(set) var isResuming = false
  /// Whether it was asked to go on from the text that the client has, instead of from the beginning.
  private(set) var isContinuation = false
  /// Bytes for the client.
  var output: [UInt8] = []
  /// Events that carried data, of the stream under way.
  private(set) var events = 0
  /// Events that were left out because they were no JSON.
  private(set) var skippedEvents = 0
  /// Streams that were joined to the first one.
  private(set) var joints = 0
  private var hasJoined = false

  /// `nil` where the stream is just passed on.
  ///
  /// - Parameters:
  ///   - translation: where the upstream is asked in another API than the client's.
  ///   - origin: what the answer must say that it goes on from.
  ///   - skipped: events that earlier attempts left out.
  init?(
    _ request: RelayRequest, _ route: Route, _ translation: Translation?, origin: StoredAnswer.Origin? = nil,
    skipped: Int = 0
  ) {
    guard let flavor = StreamEditor.flavor(request.endpoint, translation) else { return nil }
    let resumes = request.wantsStream && route.options?.recovery == .resume
    let policy = route.options?.malformed ?? .relay
    guard StreamEditor.isNeeded(request, route, isTold: translation == nil && origin == nil) else { return nil }
    self.origin = origin
    isResponses = flavor == .responses
    // What is to be joined, put together or translated cannot be garbage.
    malformed = policy == .relay ? .fail : policy
    if request.aggregates { aggregate = flavor.aggregate }
    if resumes { resume = flavor.resume }
    translator = translation?.translator
    skippedEvents = skipped
  }

  /// Whether events have to be looked at one by one. Asked first, because making none is dearer.
  ///
  /// - Parameter isTold: whether the upstream's events are the client's own: not translated, nothing to be put right.
  static func isNeeded(_ request: RelayRequest, _ route: Route, isTold: Bool) -> Bool {
    request.aggregates || !isTold || request.wantsStream && route.looksAtEvents
  }

  /// The stream that the upstream sends.
  private enum Flavor {
    case chat, completions, responses

    var aggregate: AnswerAggregate {
      switch self {
      case .chat: AnswerAggregate(.chat)
      case .completions: AnswerAggregate(.completions)
      case .responses: .responses
      }
    }

    var resume: StreamResume {
      switch self {
      case .chat: StreamResume(.chat)
      case .completions: StreamResume(.completions)
      case .responses: .responses
      }
    }
  }

  private static func flavor(_ endpoint: Endpoint, _ translation: Translation?) -> Flavor? {
    switch translation?.api ?? endpoint.api {
    case .chat: .chat
    case .responses: .responses
    case nil: endpoint == .completions ? .completions : nil
    }
  }

  /// An attempt begins whose stream is to be joined to what the client has.
  func beginResuming(isContinuation: Bool) {
    events = 0
    output = []
    isResuming = true
    hasJoined = false
    self.isContinuation = isContinuation
    resume?.begin(isContinuation: isContinuation)
  }

  /// Takes a complete block of the stream; what the client gets of it is added to `output`, and `tap` sees that alone.
  ///
  /// - Parameter mayAskAgain: whether asking again may help against an error.
  func take(
    _ block: SSEBlock, in source: Span<UInt8>, _ tap: StreamTap, mayAskAgain: (PeekedError) -> Bool
  ) -> Verdict {
    guard block.dataLines > 0 else {
      // Comments belong to the stream that the client began to read.
      if aggregate == nil, translator == nil, !isResuming { output.append(copying: block.range, of: source) }
      return .goesOn
    }
    events += 1
    guard EventSoundness.isSound(block, in: source) else {
      guard malformed == .skip else { return .malformed }
      skippedEvents += 1
      return .goesOn
    }
    // What a joined stream fails with is not why the client's stream broke, and is not for the client.
    if resume != nil, let error = EventError.read(block, in: source, isResponses: isResponses),
      isResuming || mayAskAgain(error)
    {
      return .failed(error)
    }
    if isResuming { return rewrite(block, in: source, tap) }
    tap.observe(block, in: source)
    if aggregate != nil {
      aggregate?.observe(block, in: source)
      return aggregate?.isOverfull ?? false ? .overfull : .goesOn
    }
    resume?.note(block, in: source, bytesMax: Limits.recoveryBytesMax)
    return pass(block, in: source)
  }

  /// Hands an event on to the client, in its own API.
  private func pass(_ block: SSEBlock, in source: Span<UInt8>) -> Verdict {
    guard translator != nil else {
      if origin == nil || !appendChanged(block, in: source) { output.append(copying: block.range, of: source) }
      return .goesOn
    }
    translator?.take(block, in: source, into: &output)
    return translator?.heldBytes ?? 0 > Limits.aggregateBytesMax ? .overfull : .goesOn
  }

  /// Events that bring the response as a whole are told what it goes on from.
  private func appendChanged(_ block: SSEBlock, in source: Span<UInt8>) -> Bool {
    guard let origin, let changed = StoredAnswer.naming(origin, in: block, of: source) else { return false }
    output += changed
    return true
  }

  private func rewrite(_ block: SSEBlock, in source: Span<UInt8>, _ tap: StreamTap) -> Verdict {
    guard case .pass(let bytes) = resume?.rewrite(block, in: source) else { return .differs }
    guard !bytes.isEmpty else { return .goesOn }
    if !hasJoined { joints += 1 }
    hasJoined = true
    var scanner = SSEScanner()
    while let block = scanner.next(in: bytes.span) {
      tap.observe(block, in: bytes.span)
      let verdict = pass(block, in: bytes.span)
      if verdict != .goesOn { return verdict }
    }
    return .goesOn
  }
}
