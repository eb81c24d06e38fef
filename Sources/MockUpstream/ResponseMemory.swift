import Synchronization
import Wire

/// The responses that `converse` has stored, shared by the mock's loops: what a native upstream keeps.
final class ResponseMemory: Sendable {
  /// Older responses are forgotten beyond this number.
  static let responsesMax = 5_000
  static let idPrefix = "resp_native"

  /// One stored response.
  struct Stored: Sendable {
    var scenario: Scenario
    var facts: RequestFacts
    /// The items of the request, each with an id.
    var input: [JSONTree]
    /// Everything before the output: the chain's items and the input.
    var history: [JSONTree]
    /// CLOCK_MONOTONIC in nanoseconds.
    var beganAt: UInt64
    var isCancelled = false

    var id: String { "resp_\(facts.idTail)" }
    var answer: ResponsesAnswer { ResponsesAnswer(scenario: scenario, facts: facts) }

    /// Input and output of the whole chain up to here.
    var items: [JSONTree] {
      let object = try? JSONTree.parse(Array(answer.object(now: beganAt).utf8).span)
      return history + (object?["output"]?.arrayValue ?? [])
    }

    /// Work in the background takes as long as its stream.
    func isDone(now: UInt64) -> Bool {
      let pace = UInt64(scenario.pace / .nanoseconds(1))
      return !facts.isBackground || now >= beganAt + pace * UInt64(answer.count)
    }

    /// The object as it stands.
    func object(now: UInt64) -> String {
      if isCancelled { return answer.unfinished("cancelled") }
      return isDone(now: now) ? answer.object(now: now) : answer.unfinished("in_progress")
    }
  }

  private struct State {
    var stored: [String: Stored] = [:]
    var order: [String] = []
    var serial = 0
  }

  private let state = Mutex(State())

  /// The next number for an id.
  func nextSerial() -> Int {
    state.withLock { state in
      state.serial += 1
      return state.serial
    }
  }

  func keep(_ response: Stored) {
    state.withLock { state in
      state.stored[response.id] = response
      state.order.append(response.id)
      if state.order.count > Self.responsesMax { state.stored[state.order.removeFirst()] = nil }
    }
  }

  /// The response of this id if it belongs to the key.
  func find(_ id: String, key: String?) -> Stored? {
    state.withLock { state in
      state.stored[id].flatMap { $0.facts.key == key ? $0 : nil }
    }
  }

  func forget(_ id: String) {
    state.withLock { $0.stored[id] = nil }
  }

  /// Cancels what is not done; the response as it then stands.
  func cancel(_ id: String, now: UInt64) -> Stored? {
    state.withLock { state in
      if state.stored[id]?.isDone(now: now) == false { state.stored[id]?.isCancelled = true }
      return state.stored[id]
    }
  }
}
