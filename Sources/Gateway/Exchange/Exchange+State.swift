import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Store
import Wire

/// Requests of the responses API and what is stored: what they go on from, and where their answers are kept.
extension Exchange {
  // MARK: - Before the first attempt

  /// Asks the store for what the request goes on from, and lets it in then.
  func recall(_ turn: ResponseTurn) {
    if let id = turn.wishes.conversationID { return recallConversation(id, turn) }
    guard let id = turn.wishes.previousResponseID else { return recallItems(turn) }
    gateway.askStore {
      $0.response(id, owner: owner, then: $1)
    } _: { result in
      if case .success(let stored) = result, stored.isNative { turn.keeper = stored.upstream }
    }
    gateway.askStore {
      $0.chain(endingWith: id, owner: owner, then: $1)
    } _: { [self] result in
      switch result {
      case .success(let items): turn.history = items
      case .failure(let failure):
        turn.unknown = Failure(failure, missing: .previousResponseNotFound, param: "previous_response_id")
      }
      recallItems(turn)
    }
  }

  private func recallConversation(_ id: String, _ turn: ResponseTurn) {
    gateway.askStore {
      $0.beginTurn(in: id, response: turn.ids.response, owner: owner, then: $1)
    } _: { [self] result in
      switch result {
      case .success(let items):
        turn.history = items
        turn.isInConversation = true
        // Who has left meanwhile must not keep the others out.
        if machine.isFinished { return endTurn(turn, adding: []) }
      case .failure(let failure):
        turn.unknown = Failure(failure, missing: .conversationNotFound, param: "conversation")
        if failure == .conversationLocked, let locked = turn.unknown { return perform(machine.refused(locked)) }
      }
      recallItems(turn)
    }
  }

  private func recallItems(_ turn: ResponseTurn) {
    let ids = turn.references
    guard !ids.isEmpty else { return recalled(turn) }
    gateway.askStore {
      $0.items(ids, owner: owner, then: $1)
    } _: { [self] result in
      for (id, json) in zip(ids, (try? result.get()) ?? []) {
        if let json, let item = try? JSONTree.parse(json.span) { turn.referenced[id] = item }
      }
      recalled(turn)
    }
  }

  private func recalled(_ turn: ResponseTurn) {
    if !machine.isFinished { enter(turn) }
  }

  /// Lets the request in. One that the gateway makes in the background is answered while it waits for its turn; where
  /// there is no room to wait, nothing of it is kept.
  func enter(_ turn: ResponseTurn) {
    if let refusal = turn.refusal(isShared: !snapshot.keys.isEmpty) { return perform(machine.refused(refusal)) }
    if turn.wishes.background {
      if let refusal = translateRequest() { return perform(machine.refused(refusal)) }
      if translation != nil { prepareEvents() }
    }
    enter()
    if turn.wishes.background, translation != nil, !turn.isInBackground, !machine.isFinished { moveToBackground(turn) }
  }

  // MARK: - Keeping the answer

  /// Whether the answer is to be kept here before the client is told that it is whole.
  var keepsAnswer: Bool { editor?.translator != nil && turn?.wishes.store ?? false }

  /// Keeps the whole, translated answer, and goes on when that lasts.
  ///
  /// - Parameter ending: the last bytes for the client of a stream; of an answer in one piece `kept` has all.
  func keepAnswer(_ ending: [UInt8]) {
    guard let turn, keepsAnswer, let answer = editor?.translator?.answer() else {
      deliver(ending)
      return completed()
    }
    if turn.isInBackground {
      turn.log.append(ending)
      return completed()
    }
    let whole = mode
    mode = .keeping
    turn.isSettled = true
    let stored = stored(answer, turn)
    gateway.askStore {
      $0.insert(stored, input: storedInput, owner: owner, then: $1)
    } _: { [self] result in
      guard !machine.isFinished else { return }
      mode = whole
      var ending = ending
      if case .failure(let failure) = result {
        // It has been paid for; the client gets it, and is told that it is not kept.
        trail += (trail.isEmpty ? "" : ", ") + "store: \(failure)"
        if turn.isInConversation { endTurn(turn, adding: []) }
        if ending.isEmpty { kept = UnstoredAnswer.object(kept) } else { ending = UnstoredAnswer.ending(ending) }
      }
      deliver(ending)
      completed()
    }
  }

  /// Sends bytes that the upstream did not.
  private func deliver(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    connection?.write(bytes)
  }

  /// The response as it is stored: as far as `object` has come.
  func stored(_ object: [UInt8], _ turn: ResponseTurn) -> StoredResponse {
    StoredResponse(
      id: turn.ids.response, created: createdAt, expires: createdAt + snapshot.retentionSeconds,
      status: ResponseStatus(ofObject: object), model: request.model ?? "",
      upstream: upstreamName, previousID: turn.wishes.previousResponseID, conversationID: turn.wishes.conversationID,
      isBackground: turn.isInBackground, isStream: turn.wishes.stream, object: object)
  }

  var storedInput: [StoredItem] {
    turn?.request?.input.map(StoredItem.init) ?? []
  }

  // MARK: - Native answers

  /// Takes the response out of the event that ends a stream.
  func noteFinal(_ block: SSEBlock, in source: Span<UInt8>) {
    guard tap.isTerminal, let turn, translation == nil, turn.final == nil else { return }
    turn.final = StoredAnswer.response(of: block, in: source)
    if tap.state.hasError, var final = turn.final {
      mask?.apply(to: &final)
      turn.final = final
    }
  }

  /// Notes an answer that its upstream keeps, so that another upstream can go on from it, and calls about it find their
  /// way.
  func noteNative(_ object: [UInt8]) {
    guard let turn, request.endpoint == .responses, translation == nil, let id = StoredAnswer.id(of: object) else {
      return
    }
    turn.isSettled = true
    let items = ((try? InputItems.read(nativeInput, ids: turn.ids)) ?? []).map(StoredItem.init)
    if turn.isInConversation { endTurn(turn, adding: items + StoredAnswer.output(of: object).map(StoredItem.init)) }
    guard turn.wishes.store else { return }
    var noted = stored(object, turn)
    noted.id = id
    noted.isNative = upstream.http != nil
    noted.conversationID = nil
    gateway.askStore {
      $0.insert(noted, input: items, owner: owner, then: $1)
    } _: { _ in
    }
  }

  private var nativeInput: JSONTree? {
    guard let body = request.body.bytes, let value = turn?.wishes.input else { return nil }
    return try? JSONTree.parse(body.span.extracting(value.range))
  }

  // MARK: - The end

  /// Tells the store how a response ended that it waits for, if it has not been told.
  ///
  /// - Parameter ending: what the client was told.
  func settle(_ turn: ResponseTurn, _ ending: ClientEnding) {
    guard !turn.isSettled else { return }
    turn.isSettled = true
    endEvents(ending, turn)
    let answer = editor?.translator?.answer()
    if turn.isInBackground { return finishInBackground(turn, answer) }
    // Only what somebody has seen the id of.
    if keepsAnswer, let answer, sendsEvents || stoppedAnswer != nil { return keepPart(turn, answer) }
    guard turn.isInConversation else { return }
    let output = ending == .whole ? answer.map(StoredAnswer.output) ?? [] : []
    endTurn(turn, adding: ending == .whole ? storedInput + output.map(StoredItem.init) : [])
  }

  /// Brings a translated answer to its end where nothing that was sent to the client has.
  private func endEvents(_ ending: ClientEnding, _ turn: ResponseTurn) {
    guard editor?.translator != nil else { return }
    if turn.isInBackground { return endInBackground(ending, turn) }
    switch ending {
    case .nothing: _ = translatedEnding(.cancelled)
    case .stopped where stoppedAnswer == nil:
      _ = translatedEnding(.stopped)
      stoppedAnswer = editor?.translator?.answer()
    case .whole, .failure, .inBand, .upstreamAnswer, .stopped: break
    }
  }

  private func endTurn(_ turn: ResponseTurn, adding items: [StoredItem]) {
    gateway.askStore {
      $0.endTurn(
        in: turn.wishes.conversationID ?? "", response: turn.ids.response, adding: items, owner: owner, then: $1)
    } _: { _ in
    }
  }

  private func keepPart(_ turn: ResponseTurn, _ answer: [UInt8]) {
    let stored = stored(answer, turn)
    gateway.askStore {
      $0.insert(stored, input: storedInput, owner: owner, then: $1)
    } _: { _ in
    }
  }
}
