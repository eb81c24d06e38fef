import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Upstream
import Wire

/// What the upstream sends, and what becomes of it before and after the commit.
extension Exchange {
  // MARK: - Events of the transfer

  func headReceived(_ head: UpstreamHead) {
    self.head = head
    mask?.apply(to: &self.head)
    timing.answerBegan()
    timing.lastProgress = gateway.loop.now
    if head.status >= 400 {
      mode = .error
    } else if head.hasMediaType("text/event-stream"), head.status < 300 {
      mode = .events
    } else if MediaType.isJSON(head), request.method != "HEAD", head.status != 204 {
      mode = .hold
    } else {
      mode = .bytes
    }
    // Behind the head of a stream or of a held answer it is still the upstream that is waited for.
    if mode == .events || mode == .hold { timing.answerPaused() }
    if request.endpoint != .relay, mode == .bytes, head.hasMediaType("text/html") {
      return answerIsNoAnswer("an HTML page")
    }
    if sendsSpace, mode == .bytes || mode == .events && !request.aggregates {
      return answerIsNoAnswer("something else than JSON")
    }
    if machine.isCommitted, !sendsSpace, mode == .hold || mode == .bytes {
      return answerIsNoAnswer("something else than a stream")
    }
    if mode == .bytes { perform(machine.firstBytes()) }
    if mode != .hold { armTimerIfNear() }
  }

  /// - Returns: false when the client cannot take more now.
  func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch mode {
    case .waiting, .keeping: break
    case .error:
      let room = Limits.errorBodyBytesMax - kept.count
      keptIsCut = keptIsCut || bytes.count > room
      kept.append(contentsOf: bytes.prefix(max(0, room)))
      // What follows would only be thrown away, for as long as the upstream likes to send it.
      if keptIsCut { errorAnswerEnded() }
    case .hold:
      if connection?.isCongested ?? false { return false }
      timing.answerBegan()
      held(bytes)
    case .bytes:
      if connection?.isCongested ?? false { return false }
      timing.lastProgress = gateway.loop.now
      timing.lastSent = timing.lastProgress
      send(bytes)
    case .events:
      if connection?.isCongested ?? false { return false }
      let isWaitedFor = !timing.hasEvent
      if isWaitedFor { timing.answerBegan() }
      if editor != nil { editedEventsReceived(bytes) } else { eventsReceived(bytes) }
      if isWaitedFor { timing.answerPaused() }
    }
    return true
  }

  func transferEnded(_ end: TransferEnd) {
    transfer = .none
    switch (mode, end) {
    case (.keeping, _): break
    case (.error, _): errorAnswerEnded()
    case (.waiting, .complete): answerIsMissing()
    case (_, .complete): answerEnded()
    case (_, .failed(let failure)): transferFailed(failure)
    }
  }

  /// What has come cannot be what the client waits for: a proxy's page under 200, or no stream where one was asked for,
  /// which SDKs would read as an answer without a word and without an error.
  func answerIsNoAnswer(_ what: String) {
    let failure = Failure(
      .upstreamInvalidResponse, message: "The upstream '\(upstreamName)' answered with \(what).",
      upstreamStatus: head.status)
    attemptFailed(.reset, ending: .failure(failure))
  }

  /// libcurl takes some interim answers, such as 101, for the last word.
  private func answerIsMissing() {
    let failure = Failure(
      .upstreamInvalidResponse, message: "The upstream '\(upstreamName)' ended without a final answer.")
    attemptFailed(.reset, ending: .failure(failure))
  }

  // MARK: - Bodies

  /// Holds a JSON answer until it is whole. White space ahead of it is an upstream's way to keep its client waiting
  /// (DeepSeek does so for minutes): it is passed on at once, like an answer too large to be held.
  private func held(_ bytes: UnsafeRawBufferPointer) {
    if translation != nil { return heldForTranslation(bytes) }
    let isHeartbeat = kept.isEmpty && bytes.allSatisfy { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    kept.append(contentsOf: bytes)
    guard isHeartbeat || kept.count > Limits.blockingHoldBytesMax else { return }
    mode = .bytes
    perform(machine.firstBytes())
  }

  private func eventsReceived(_ bytes: UnsafeRawBufferPointer) {
    let tap = tap
    let (eventsBefore, sentBefore) = (tap.events, bytesSent)
    let goesOn = relay.take(bytes) { block, source in
      tap.observe(block, in: source)
      noteFinal(block, in: source)
      // A first event that is an error is judged alone, whatever came in the same read (vLLM sends `[DONE]` with it).
      return !tap.endsBody && !(tap.events == 1 && tap.state.hasError)
    } emit: { passed in
      emitEvents(passed)
    }
    if tap.state.hasError, case .attempting = machine.state, let error = tap.error { return firstEventIsError(error) }
    let now = gateway.loop.now
    if bytesSent > sentBefore { timing.lastSent = now }
    if tap.events > eventsBefore || !relay.isAtBoundary { progressed(now) }
    guard goesOn else { return answerEnded() }
    if tap.mayEnd { noteEnd() }
  }

  /// Some upstreams keep the connection open behind the end of an answer; the client is not kept waiting for that.
  func noteEnd() {
    if tap.isTerminal, timing.terminalAt == nil {
      timing.terminalAt = gateway.loop.now
      armTimer()
    } else if timing.finishedAt == nil, request.isKnownProtocol, tap.isComplete {
      timing.finishedAt = gateway.loop.now
      armTimerIfNear()
    }
  }

  /// Passes bytes of whole events on, or keeps them until the first event that carries data.
  func emitEvents(_ bytes: UnsafeRawBufferPointer) {
    guard tap.state.hasError, let mask else { return passOn(bytes) }
    // An error in the middle of a stream.
    var masked = Array(bytes)
    mask.apply(to: &masked)
    masked.withUnsafeBytes { passOn($0) }
  }

  private func passOn(_ bytes: UnsafeRawBufferPointer) {
    if case .streaming = machine.state { return send(bytes) }
    kept.append(contentsOf: bytes)
    guard tap.events > 0 || kept.count > Limits.preCommitBytesMax else { return }
    // An error in the first event can still become a proper status, or a retry; `eventsReceived` sees to it.
    guard tap.events != 1 || !tap.state.hasError else { return }
    perform(machine.firstBytes())
  }

  func progressed(_ now: Instant) {
    timing.lastProgress = now
    if !timing.hasEvent, timing.firstEventCame(now: now) {
      gateway.metrics.firstEventSent(addedTime: timing.overhead)
    }
  }

  private func send(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    if let connection {
      connection.write(bytes)
    } else if let turn, turn.isInBackground {
      turn.log.append(bytes)
      writeLog(turn)
    } else {
      return
    }
    bytesSent += bytes.count
  }

  /// Sends what the upstream owed. It is not counted: it is not the upstream's.
  func sendMissingEnding() {
    connection?.write(tap.missingEnding(id: id, model: request.model, createdAt: createdAt))
  }

  func commit() {
    timing.committed()
    if let connection, !connection.hasBegun {
      if !request.wantsStream, !isStreaming {
        AnswerHead.beginSpace(self, connection)
      } else {
        AnswerHead.begin(self, connection)
      }
    }
    guard isStreaming, !kept.isEmpty else { return }
    let early = kept
    kept = []
    early.withUnsafeBytes { send($0) }
    timing.lastSent = gateway.loop.now
  }

  // MARK: - Ends of an attempt

  /// The upstream has nothing more to say, in good order.
  func answerEnded() {
    switch mode {
    case .events where editor != nil: return editedAnswerEnded()
    case .events:
      let tail = relay.finish(repairs: request.isKnownProtocol) { block, source in
        tap.observe(block, in: source)
        return true
      }
      guard tap.isComplete else { return truncated() }
      if !tail.isEmpty { tail.withUnsafeBytes { emitEvents($0) } }
      if case .attempting = machine.state { perform(machine.firstBytes()) }
      if relay.isAtBoundary { sendMissingEnding() }
      if let final = turn?.final { noteNative(final) }
    case .hold:
      peekKept()
      if request.wantsStream, request.isKnownProtocol { return streamWasAnsweredWhole() }
      if request.isKnownProtocol, !isWorthAnAnswer() || !translateKept() { return }
      if keepsAnswer { return keepAnswer([]) }
      if let origin = untoldOrigin { kept = StoredAnswer.naming(origin, in: kept) }
      if turn != nil { noteNative(kept) }
    case .keeping: return
    case .waiting, .error, .bytes: break
    }
    completed()
  }

  /// Reads what the gateway wants to know of a whole answer. One that tells of an error may tell more than it should.
  private func peekKept() {
    blocking = BlockingPeek.read(kept)
    guard blocking?.error != nil, let mask else { return }
    mask.apply(to: &kept)
    blocking = BlockingPeek.read(kept)
  }

  /// Everything has come. What was relayed to its end can still be a failure: one that it tells of itself, or no sense.
  func completed() {
    let error = mode == .events ? tap.error : blocking?.error
    // For the log and the metrics: the client has read it in the answer itself.
    if mode == .events ? tap.reportsFailure : mode == .hold && request.isKnownProtocol && error != nil {
      failure = Failure(
        .upstreamError, message: error?.message, upstreamStatus: error.flatMap(Exchange.status(of:)))
      report(.errorStatus)
      perform(machine.answerCompleted(as: .upstreamError))
    } else if mode == .events, tap.malformedEvents > 0 {
      failure = Failure(
        .upstreamInvalidResponse,
        message: "The upstream '\(upstreamName)' sent \(tap.malformedEvents) events that are not JSON.")
      report(.invalidResponse)
      perform(machine.answerCompleted(as: .upstreamFailed))
    } else {
      report(.succeeded)
      perform(machine.answerCompleted())
    }
  }

  /// Whether a held answer is one that the client can use, or tells of its failure in a way that the client knows: a
  /// response with `status: "failed"`. An error under 200, or a body that is no JSON object, is neither, and the
  /// attempt has failed.
  private func isWorthAnAnswer() -> Bool {
    guard let blocking else {
      answerIsNoAnswer("a body that is no JSON object")
      return false
    }
    if translation?.api == .responses, let failed = ResponseFailure.read(kept) {
      let error = failed.error
      firstEventIsError(
        PeekedError(message: error.message, type: error.type, code: error.code, param: error.param))
      return false
    }
    // A response that has failed is an answer, to those who know responses.
    let mayTell = request.endpoint == .responses && translation == nil && blocking.id != nil
    guard let error = blocking.error, !mayTell else { return true }
    firstEventIsError(error)
    return false
  }

  /// A JSON answer to a request for a stream: an error under 200, or an upstream that cannot stream.
  private func streamWasAnsweredWhole() {
    guard let error = blocking?.error else { return answerIsNoAnswer("one JSON body instead of a stream") }
    firstEventIsError(error)
  }

  /// A stream that ends in good order but without the sign that its answer is whole.
  func truncated() {
    let failure = Failure(
      .upstreamTruncated, message: "The upstream '\(upstreamName)' ended its stream before the answer was complete.")
    if case .streaming = machine.state { return streamBroke(failure) }
    attemptFailed(.reset, ending: .failure(failure))
  }

  private func transferFailed(_ failure: TransferFailure) {
    // Everything that matters has come; how the connection ended does not matter any more.
    if mode == .events, request.isKnownProtocol, tap.isComplete { return answerEnded() }
    let code: ErrorCode
    let attempt: AttemptFailure
    switch failure.kind {
    case .unreachable, .tls: (code, attempt) = (.upstreamUnreachable, .connect)
    case .disconnected: (code, attempt) = (.upstreamDisconnected, .reset)
    case .truncated: (code, attempt) = (.upstreamTruncated, .reset)
    case .invalidAnswer: (code, attempt) = (.upstreamInvalidResponse, .reset)
    }
    let error = Failure(code, message: "The upstream '\(upstreamName)' failed: \(failure.message).")
    if case .streaming = machine.state { return streamBroke(error) }
    attemptFailed(attempt, ending: .failure(error))
  }

  /// An error answer is whole, or as whole as it gets.
  private func errorAnswerEnded() {
    mask?.apply(to: &kept)
    let error = BlockingPeek.read(kept)?.error
    if lacksAPI(error) { return askInOtherAPI() }
    let answer = UpstreamAnswer(
      status: head.status, errorCode: error?.code ?? error?.type, retryAfter: retryAfter,
      shouldRetry: head.value("x-should-retry").flatMap { $0 == "true" ? true : $0 == "false" ? false : nil },
      usedOwnKey: usesOwnKey, refusal: error?.refusal(status: head.status))
    attemptFailed(.answered(answer), ending: errorEnding(error))
  }

  /// How long the upstream asks to be left alone, read from this very answer.
  private var retryAfter: Duration? {
    let asked = RetryAfter.wait(
      milliseconds: head.value("retry-after-ms"), value: head.value("retry-after"),
      now: Int(Syscalls.wallClock().seconds), parseDate: { HTTPDate.parse(Array($0.utf8).span) })
    guard asked == nil, head.status == 429 else { return asked }
    return RetryAfter.reset(
      requests: head.value("x-ratelimit-reset-requests"),
      remainingRequests: head.value("x-ratelimit-remaining-requests"),
      tokens: head.value("x-ratelimit-reset-tokens"), remainingTokens: head.value("x-ratelimit-remaining-tokens"))
  }

  private func errorEnding(_ error: PeekedError?) -> ClientEnding {
    if head.status == 401 || head.status == 403, usesOwnKey {
      // The client would think that its own key is bad.
      return .failure(
        Failure(
          .upstreamAuthFailed, message: "The upstream '\(upstreamName)' does not accept the gateway's key.",
          upstreamStatus: head.status))
    }
    if error != nil, !keptIsCut { return .upstreamAnswer }
    let text = String(decoding: kept.prefix(Limits.quotedErrorBytesMax), as: UTF8.self)
    return .failure(
      Failure(
        .upstreamError, message: "The upstream '\(upstreamName)' answered \(head.status): \(text)",
        upstreamStatus: head.status))
  }

  private var usesOwnKey: Bool {
    guard let http = upstream.http, case .keys = http.auth else { return false }
    return true
  }

  /// What an error that the upstream told inside an answer comes to.
  func failure(of error: PeekedError) -> Failure {
    Failure(
      .upstreamError, message: error.message ?? "The upstream '\(upstreamName)' reported an error.",
      upstreamStatus: Exchange.status(of: error))
  }

  func firstEventIsError(_ error: PeekedError) {
    let failure = failure(of: error)
    let answer = UpstreamAnswer(
      status: failure.status, errorCode: error.code ?? error.type, usedOwnKey: usesOwnKey,
      refusal: error.refusal(status: failure.status))
    // The client is not sent it, so that it has seen nothing of this stream.
    if machine.broken == nil { watchAnew() }
    attemptFailed(.answered(answer), ending: .failure(failure))
  }

  /// The status that an error would have had, had it come with one: many servers put it into `code`, the others are
  /// known by the type.
  static func status(of error: PeekedError) -> Int? {
    if let code = error.code.flatMap({ Int($0) }), (400..<600).contains(code) { return code }
    return switch error.type {
    case "invalid_request_error", "BadRequestError": 400
    case "authentication_error": 401
    case "permission_error": 403
    case "not_found_error": 404
    case "rate_limit_error", "requests", "tokens", "insufficient_quota": 429
    case "overloaded_error", "service_unavailable_error", "unavailable_error": 503
    default: nil
    }
  }

  func streamBroke(_ failure: Failure, mayAskAgain: Bool = true) {
    let isRunning = isTransferRunning
    let cause: AttemptFailure = failure.code == .upstreamTimeout ? .silent : .reset
    let recovery = mayAskAgain && canResume ? failedTarget(cause) : nil
    let result = result(of: failure)
    if recovery != nil { noteFailed(result.label) }
    report(result)
    let action = machine.streamBroke(
      failure, isTransferRunning: isRunning, recovery: recovery, now: gateway.loop.now,
      random: Double.random(in: 0..<1, using: &gateway.random))
    // Where it is asked for again, this attempt is over; an end cancels it itself.
    if isRunning, !machine.isFinished { cancelAttempt() }
    perform(action)
  }

  private func result(of failure: Failure) -> AttemptResult {
    switch failure.code {
    case .upstreamTimeout: .timedOut
    case .upstreamInvalidResponse: .invalidResponse
    case .upstreamError: .errorStatus
    default: .disconnected
    }
  }

  var isStreaming: Bool {
    if case .streaming = machine.state { true } else { false }
  }
}
