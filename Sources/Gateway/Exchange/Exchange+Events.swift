import Config
import Dialects
import Policy
import Reactor
import Telemetry
import Upstream
import Wire

/// Streams whose events are looked at one by one (see `StreamEditor`).
extension Exchange {
  /// An attempt begins: what looks at its events is made anew, unless it is to be joined to what the client has.
  func prepareEvents() {
    // Only the target that gave another answer is asked to go on from the old one.
    if machine.place != .sameTarget { isContinuing = false }
    guard machine.broken == nil else {
      relay = EventRelay(heldMax: Limits.aggregateBytesMax)
      editor?.beginResuming(isContinuation: isContinuing)
      return
    }
    watchAnew()
    let origin = untoldOrigin
    if StreamEditor.isNeeded(request, route, isTold: translation == nil && origin == nil) {
      editor = StreamEditor(request, route, translation, origin: origin, skipped: editor?.skippedEvents ?? 0)
    } else {
      editor = nil
    }
    relay = editor != nil ? EventRelay(heldMax: Limits.aggregateBytesMax) : EventRelay()
  }

  /// The body for the target at hand: as the client wrote it but for the model's name, translated, or with the text so
  /// far.
  var attemptBody: [UInt8]? {
    let body = adaptedBody ?? request.body.bytes(model: target.model)
    guard editor?.isContinuation ?? false, let body, let text = editor?.resume?.prefill else { return body }
    return RequestRewrite.prefilling(text, in: body)
  }

  func editedEventsReceived(_ bytes: UnsafeRawBufferPointer) {
    let eventsBefore = editor?.events ?? 0
    var verdict = StreamEditor.Verdict.goesOn
    let goesOn = relay.take(bytes) { block, source in
      verdict = judge(block, in: source)
      return verdict == .goesOn && !tap.endsBody && !(tap.events == 1 && tap.state.hasError)
    } emit: { _ in
    }
    if !relay.isAtBoundary { verdict = .overfull }
    flushEdited()
    // An event that ends the attempt is not passed on.
    let isLastRefused = verdict != .goesOn || tap.state.hasError && !isStreaming
    if (editor?.events ?? 0) - (isLastRefused ? 1 : 0) > eventsBefore {
      let isFirst = !timing.hasEvent
      progressed(gateway.loop.now)
      // From now on it is silence that counts, which is due before what has been waited for.
      if isFirst { armTimer() }
    }
    guard accept(verdict) else { return }
    guard goesOn else { return answerEnded() }
    noteEnd()
  }

  private func judge(_ block: SSEBlock, in source: Span<UInt8>) -> StreamEditor.Verdict {
    let verdict =
      editor?.take(block, in: source, tap) { error in
        // Without a status it is one of the upstream's own troubles.
        Exchange.status(of: error).map { target.retry.statuses.contains($0) } ?? true
      } ?? .goesOn
    noteFinal(block, in: source)
    return verdict
  }

  private func flushEdited() {
    guard let output = editor?.output, !output.isEmpty else { return }
    editor?.output.removeAll(keepingCapacity: true)
    let sentBefore = bytesSent
    output.withUnsafeBytes { emitEvents($0) }
    if bytesSent > sentBefore { timing.lastSent = gateway.loop.now }
  }

  /// Does what the last event asks for.
  ///
  /// - Returns: whether the stream goes on.
  private func accept(_ verdict: StreamEditor.Verdict) -> Bool {
    switch verdict {
    case .goesOn:
      guard tap.state.hasError, !isStreaming, let error = tap.error else { return true }
      firstEventIsError(error)
    case .malformed:
      broke(
        Failure(.upstreamInvalidResponse, message: "The upstream '\(upstreamName)' sent an event that is not JSON."))
    case .overfull:
      broke(
        Failure(
          .upstreamInvalidResponse,
          message: "The upstream '\(upstreamName)' sent more than \(Limits.aggregateBytesMax) bytes at a piece."))
    case .failed(let error): eventFailed(error)
    case .differs: differs()
    }
    return false
  }

  private func broke(_ failure: Failure, mayAskAgain: Bool = true) {
    if isStreaming {
      streamBroke(failure, mayAskAgain: mayAskAgain)
    } else {
      attemptFailed(.reset, ending: .failure(failure))
    }
  }

  private func eventFailed(_ told: PeekedError) {
    let error = mask?.applied(to: told) ?? told
    guard isStreaming else { return firstEventIsError(error) }
    let failure = failure(of: error)
    streamBroke(failure, mayAskAgain: failure.upstreamStatus.map { target.retry.statuses.contains($0) } ?? true)
  }

  // MARK: - Ends

  /// The upstream has nothing more to say, in good order.
  func editedAnswerEnded() {
    var verdict = StreamEditor.Verdict.goesOn
    if relay.isAtBoundary {
      _ = relay.finish(repairs: true) { block, source in
        verdict = judge(block, in: source)
        return verdict == .goesOn
      }
    }
    flushEdited()
    guard accept(verdict) else { return }
    guard tap.isComplete else { return truncated() }
    if let aggregate = editor?.aggregate {
      kept = aggregate.answer(isStopped: false, requestID: id, model: request.model, createdAt: createdAt)
      guard translateKept() else { return }
      return keepAnswer([])
    }
    if !isStreaming { perform(machine.firstBytes()) }
    if let ending = translatedEnding() { return keepAnswer(ending) }
    sendMissingEnding()
    if let final = turn?.final { noteNative(final) }
    completed()
  }

  // MARK: - Recovery

  /// Whether a stream that breaks here may be joined to another one.
  var canResume: Bool { editor?.resume?.isPossible ?? false }

  /// The new stream does not say what the client has been told.
  private func differs() {
    let failure = Failure(
      .upstreamInvalidResponse, message: "The upstream '\(upstreamName)' did not repeat what it had said.")
    guard !isStreaming else { return streamBroke(failure, mayAskAgain: false) }
    guard canContinue else { return attemptFailed(.differs, ending: .failure(failure)) }
    isContinuing = true
    noteFailed("differs")
    report(.cancelled)
    if isTransferRunning { cancelAttempt() }
    perform(machine.askOtherwise())
  }

  /// Whether the upstream can be asked to go on from the text that the client has, and has not been.
  private var canContinue: Bool {
    guard target.acceptsPrefill, editor?.isContinuation == false, let text = editor?.resume?.prefill else {
      return false
    }
    return machine.attempts < Limits.attemptsMax
      && (adaptedBody ?? request.body.bytes).flatMap { RequestRewrite.prefilling(text, in: $0) } != nil
  }
}
