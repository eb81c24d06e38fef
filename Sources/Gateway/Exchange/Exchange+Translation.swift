import Config
import Dialects
import Policy
import Reactor
import Telemetry
import Upstream
import Wire

/// Attempts at targets that do not have the client's API.
extension Exchange {
  /// Makes the request for the target at hand in the API that it has.
  ///
  /// - Returns: why that cannot be done.
  func translateRequest() -> Failure? {
    let before = translation?.api
    translation = nil
    adaptedBody = nil
    guard let wanted = request.endpoint.api, let access = snapshot.accesses[target.upstream] else { return nil }
    // What the gateway makes in the background it makes of chat: the client has an id of its making already.
    let isOwn = turn?.isInBackground ?? false
    let spoken = access.apis.spoken(for: isOwn ? .chat : wanted)
    if isOwn, spoken == wanted {
      return Failure(
        .upstreamInvalidResponse,
        message: "The upstream '\(upstreamName)' cannot go on with a background response that it did not begin.")
    }
    do throws(Failure) {
      if spoken != wanted {
        translation = try translation(into: spoken)
      } else if let turn, !turn.isUnderstood(by: upstreamName) {
        adaptedBody = try bodyWithHistory(turn)
      }
    } catch {
      return error
    }
    // What the client has of a broken stream cannot be joined to one of another API.
    guard machine.broken == nil || before == translation?.api else { return Failure(.upstreamTruncated) }
    return nil
  }

  private func translation(into api: UpstreamAPI) throws(Failure) -> Translation {
    switch api {
    case .chat: try translationIntoChat()
    case .responses: try translationIntoResponses()
    }
  }

  private func translationIntoChat() throws(Failure) -> Translation {
    guard let turn, let body = request.body.bytes else { throw Failure(.invalidJSON) }
    if let unknown = turn.unknown { throw unknown }
    var asked: ResponsesRequest
    if let known = turn.request {
      asked = known
    } else {
      asked = try ResponsesRequest.read(body.span, ids: turn.ids)
      guard asked.store || !asked.background else {
        throw Failure(.invalidValue, message: "A background response must be stored.", param: "store")
      }
      try asked.resolve { turn.referenced[$0] }
      turn.request = asked
    }
    // Who does not wait may follow the events later, and has the part of the answer that there is when it is cancelled.
    if asked.background { request.wantsStream = true }
    adaptedBody = try asked.chatBody(
      history: turn.history.compactMap { try? JSONTree.parse($0.span) }, model: target.model ?? asked.model,
      stream: request.asksForStream, upstream.http?.chat ?? ChatCapabilities())
    var translator = ResponsesFromChat(asked, ids: turn.ids, model: request.model ?? asked.model, createdAt: createdAt)
    if asked.background {
      var events: [UInt8] = []
      translator.announce(into: &events)
      // A retry goes on from there.
      if !turn.isInBackground { turn.log = EventLog(events) }
    }
    return Translation(api: .chat, translator: translator)
  }

  private func translationIntoResponses() throws(Failure) -> Translation {
    guard let body = request.body.bytes, let tree = try? JSONTree.parse(body.span) else { throw Failure(.invalidJSON) }
    let asked = try ResponsesRequestBody(
      chat: tree, model: target.model ?? request.model ?? "", stream: request.asksForStream)
    adaptedBody = asked.body
    let identity = StreamIdentity(
      id: gateway.makeStateID("chatcmpl-"), model: request.model ?? "", created: createdAt)
    return Translation(
      api: .responses,
      translator: ChatFromResponses(identity, includesUsage: asked.includesUsage, usesFunctions: asked.usesFunctions))
  }

  /// The request for an upstream that does not know what it goes on from: that is sent along.
  private func bodyWithHistory(_ turn: ResponseTurn) throws(Failure) -> [UInt8] {
    guard let body = request.body.bytes(model: target.model) else { throw Failure(.invalidJSON) }
    return try ExpandedInput.body(body, history: turn.history, referenced: turn.referenced, ids: turn.ids)
  }

  /// What the answer goes on from and cannot name, because its upstream was sent the history instead.
  var untoldOrigin: StoredAnswer.Origin? {
    guard translation == nil, adaptedBody != nil, let wishes = turn?.wishes else { return nil }
    if let id = wishes.conversationID { return .conversation(id) }
    return wishes.previousResponseID.map { .response($0) }
  }

  // MARK: - Answers

  /// Holds an answer in one piece until it can be translated. White space ahead of it says nothing yet.
  func heldForTranslation(_ bytes: UnsafeRawBufferPointer) {
    kept.append(contentsOf: bytes)
    guard kept.count > Limits.aggregateBytesMax else { return }
    answerIsNoAnswer("more than \(Limits.aggregateBytesMax) bytes")
  }

  /// Turns the whole answer that is kept into the client's API, if it is in another one.
  ///
  /// - Returns: false when it is no answer, and the attempt has failed.
  func translateKept() -> Bool {
    guard editor?.translator != nil else { return true }
    guard let answer = translated(kept, as: .complete) else {
      answerIsNoAnswer("a body that is no answer")
      return false
    }
    kept = answer
    return true
  }

  /// The whole answer `body` in the client's API.
  func translated(_ body: [UInt8], as end: TranslationEnd) -> [UInt8]? {
    guard editor?.translator?.takeWhole(body) ?? false else { return nil }
    var events: [UInt8] = []
    editor?.translator?.end(end, now: Int(Syscalls.wallClock().seconds), into: &events)
    return editor?.translator?.answer()
  }

  /// The last events of a translated stream; `nil` where the stream is not translated.
  ///
  /// - Parameter end: `nil`: as the upstream has ended it.
  func translatedEnding(_ end: TranslationEnd? = nil) -> [UInt8]? {
    guard editor?.translator != nil else { return nil }
    var events: [UInt8] = []
    editor?.translator?.end(end ?? upstreamEnding, now: Int(Syscalls.wallClock().seconds), into: &events)
    return events
  }

  /// How the upstream ended its answer.
  var upstreamEnding: TranslationEnd {
    guard tap.reportsFailure, let error = tap.error else { return .complete }
    return .failed(ErrorBody(error, code: .upstreamError))
  }

  // MARK: - Which API an upstream has

  /// Whether the error answer means that the upstream does not have the API it was asked in: a 404 or 405 that is not
  /// about the model or an earlier response.
  func lacksAPI(_ error: PeekedError?) -> Bool {
    guard head.status == 404 || head.status == 405, let wanted = request.endpoint.api, !machine.isFinished,
      machine.attempts < Limits.attemptsMax, let access = snapshot.accesses[target.upstream]
    else { return false }
    if head.status == 404 {
      let text = ((error?.code ?? "") + " " + (error?.message ?? "")).lowercased()
      guard !text.contains("model"), !text.contains("previous_response") else { return false }
    }
    access.apis.learn(without: translation?.api ?? wanted)
    return translation == nil && access.apis.spoken(for: wanted) != wanted
  }

  /// Asks the same target once more, in the API that it may have.
  func askInOtherAPI() {
    noteFailed("no \(request.endpoint.kind.label)")
    report(.cancelled)
    if isTransferRunning { cancelAttempt() }
    perform(machine.askOtherwise())
  }
}
