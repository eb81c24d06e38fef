import Dialects
import HTTPServer
import Policy
import Upstream
import Reactor
import Telemetry
import Wire

/// A question that has gone to every loop, and the connection that waits for the sum of the answers.
struct PendingQuestion {
  let connection: ServerConnection
  let context: RequestContext
  var missing: Int
  var sum: Answer
  let complete: (Answer) -> Void
}

/// Questions about the requests of all loops: nobody keeps a table for all, each loop is asked, and the sum is told.
extension GatewayLoop {
  /// Asks every loop, this one included, and calls `complete` with the sum.
  func ask(
    _ question: Question, _ connection: ServerConnection, _ context: RequestContext,
    _ complete: @escaping (Answer) -> Void
  ) {
    nextTicket += 1
    let ticket = nextTicket
    var asked = PendingQuestion(
      connection: connection, context: context, missing: 0, sum: answer(question), complete: complete)
    for other in 0..<process.loopCount where other != loop.index {
      // A loop that cannot take a message now is one that an answer must not wait for.
      if process.post(.question(question, ticket: ticket, from: loop.index), to: other) { asked.missing += 1 }
    }
    if asked.missing == 0 { return complete(asked.sum) }
    pending[ticket] = asked
  }

  func received(_ answer: Answer, ticket: UInt64) {
    guard var asked = pending[ticket] else { return }
    asked.sum.merge(answer)
    asked.missing -= 1
    if asked.missing > 0 {
      pending[ticket] = asked
    } else {
      pending[ticket] = nil
      asked.complete(asked.sum)
    }
  }

  /// This loop's own answer.
  func answer(_ question: Question) -> Answer {
    var answer = Answer()
    switch question {
    case .metrics:
      answer.metrics = metricsNow
    case .list(let owner):
      answer.records = exchanges.map { $0.record(now: loop.now) }.filter { $0.isVisible(to: owner) }
    case .find(let id, let owner): answer.records = find(id, owner)
    case .stop(let id, let owner):
      for exchange in exchanges {
        let record = exchange.record(now: loop.now)
        guard record.isKnown(as: id), record.isVisible(to: owner) else { continue }
        guard exchange.stop() else { continue }
        answer.stopped += 1
        if let stopped = exchange.stoppedAnswer { answer.stoppedAnswers.append(stopped) }
      }
      answer.records = find(id, owner)
    }
    return answer
  }

  /// What has been counted, and what there is now.
  private var metricsNow: LoopMetrics {
    var now = metrics
    now.openConnections = server?.connectionCount ?? 0
    now.refusedConnections = server?.refusedConnections ?? 0
    now.turnedAwayConnections = server?.turnedAwayConnections ?? 0
    now.evictedConnections = server?.evictedConnections ?? 0
    now.heldBodyBytes = server?.bufferedBodyBytes ?? 0
    now.resentRequests = client.resentCount
    now.runningTransfers = client.transferCount
    now.runningTasks = tasks.count
    now.armedTimers = loop.timerCount
    return now
  }

  private func find(_ id: String, _ owner: Owner) -> [RequestRecord] {
    let running = exchanges.map { $0.record(now: loop.now) }.filter {
      $0.isKnown(as: id) && $0.isVisible(to: owner)
    }
    return running + ended.find(id, owner: owner, now: loop.now)
  }
}
