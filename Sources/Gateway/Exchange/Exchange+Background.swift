import Dialects
import HTTPServer
import Policy
import Reactor
import Store
import Upstream
import Wire

/// Responses that the gateway makes in the background, because their upstream cannot.
extension Exchange {
  /// Lets go of the client: it is told that the response is queued, or follows its events, and may leave.
  func moveToBackground(_ turn: ResponseTurn) {
    guard let connection, let object = editor?.translator?.answer() else { return }
    turn.isInBackground = true
    turn.announced = object
    self.connection = nil
    // From here on it is not this request that is over when the client leaves.
    connection.owner = .none
    httpStatus = 200
    let stored = stored(object, turn)
    let input = storedInput
    let announcement = turn.log.next()
    gateway.askStore {
      $0.insert(stored, input: input, events: announcement, owner: owner, then: $1)
    } _: { [self] result in
      turn.log.wasWritten()
      switch result {
      case .success:
        announce(object, turn, to: connection)
        if !machine.isFinished { writeLog(turn) }
      case .failure(let failure):
        let failure = Failure(failure, missing: .stateUnavailable, param: nil)
        AnswerHead.fail(self, connection, failure)
        perform(machine.refused(failure))
      }
    }
  }

  /// An attempt begins at a response in the background. Where it has turned out only now that the upstream cannot do it
  /// by itself, the client is still there.
  func beginInBackground(_ turn: ResponseTurn) {
    if !turn.isInBackground { moveToBackground(turn) }
    guard !turn.hasBegun, let object = editor?.translator?.answer() else { return }
    turn.hasBegun = true
    gateway.askStore {
      $0.update(
        responseID, status: .inProgress, object: StoredAnswer.inProgress(object), owner: owner, then: $1)
    } _: { _ in
    }
  }

  private func announce(_ object: [UInt8], _ turn: ResponseTurn, to connection: ServerConnection) {
    guard !turn.wishes.stream else {
      let follower = ResponseFollower(gateway, connection, nil, responseID, owner: owner, after: -1)
      return follower.start(id)
    }
    LocalAnswer.send(connection, object, id: id, snapshot: snapshot)
  }

  private var responseID: String { turn?.ids.response ?? "" }

  /// Hands the events that have come to the store, and then to those who follow.
  func writeLog(_ turn: ResponseTurn) {
    guard turn.isInBackground, !turn.log.isWriting, let piece = turn.log.next() else { return }
    gateway.askStore {
      $0.append(piece, to: responseID, owner: owner, then: $1)
    } _: { [self] result in
      turn.log.wasWritten()
      switch result {
      case .success:
        tellFollowers()
        if !machine.isFinished { writeLog(turn) }
      // Deleted while it was being made: nobody can ask for it any more.
      case .failure(.notFound): stop()
      case .failure(let failure):
        perform(machine.refused(Failure(failure, missing: .responseNotFound, param: nil)))
      }
    }
  }

  /// Ends the events of a response that was made in the background, if its answer has not ended them.
  func endInBackground(_ ending: ClientEnding, _ turn: ResponseTurn) {
    let end: TranslationEnd
    switch ending {
    case .whole: return
    case .failure(let failure), .inBand(let failure): end = .failed(ErrorBody(failure))
    case .upstreamAnswer:
      end = .failed(keptError)
    case .stopped, .nothing: end = .cancelled
    }
    turn.log.append(translatedEnding(end) ?? [])
  }

  /// Keeps the end of a response that was made in the background.
  ///
  /// - Parameter answer: as the translator has it; `nil` where there is none any more.
  func finishInBackground(_ turn: ResponseTurn, _ answer: [UInt8]?) {
    let answer = answer ?? StoredAnswer.failed(turn.announced, failure ?? Failure(.internalError))
    BackgroundEnd(
      gateway, responseID, status: ResponseStatus(ofObject: answer), answer,
      events: turn.log.next(), owner: owner
    ).write()
  }

  private func tellFollowers() { process.watch.tell(.init(responseID, of: owner), process) }
}
