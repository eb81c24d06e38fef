import Synchronization

/// Everything that the mock received, shared by its loops.
final class Recorder: Sendable {
  /// The oldest records are dropped beyond this number.
  static let recordsMax = 20_000

  private struct State {
    var records: [Record] = []
    /// Number of the first element of `records`.
    var firstNumber = 1
    var attempts: [String: Int] = [:]
    var connections = 0
  }

  private let state = Mutex(State())

  /// Adds a record and returns its number and attempt.
  func add(_ record: Record) -> (number: Int, attempt: Int) {
    state.withLock { state in
      var record = record
      record.number = state.firstNumber + state.records.count
      record.attempt = state.attempts[record.facts.model, default: 0] + 1
      state.attempts[record.facts.model] = record.attempt
      state.records.append(record)
      if state.records.count > Self.recordsMax {
        let surplus = Self.recordsMax / 10
        state.records.removeFirst(surplus)
        state.firstNumber += surplus
      }
      return (record.number, record.attempt)
    }
  }

  /// Changes a record that is still there.
  func update(_ number: Int, _ change: (inout Record) -> Void) {
    state.withLock { state in
      let index = number - state.firstNumber
      if state.records.indices.contains(index) { change(&state.records[index]) }
    }
  }

  /// Forgets records and attempts; numbers go on.
  func clear() {
    state.withLock { state in
      state.firstNumber += state.records.count
      state.records = []
      state.attempts = [:]
    }
  }

  /// Counts a connection that has sent its first request; returns its number, from 1.
  func connectionSeen() -> Int {
    state.withLock { state in
      state.connections += 1
      return state.connections
    }
  }

  // MARK: - Reports

  /// `{"requests":[…]}`; with `run`, only those of that run.
  func list(run: String?) -> String {
    let records = state.withLock { $0.records }
    let matching = run.map { run in records.filter { $0.run == run } } ?? records
    return #"{"requests":[\#(matching.map(\.json).joined(separator: ","))]}"#
  }

  func one(_ number: Int) -> String? {
    state.withLock { state in
      let index = number - state.firstNumber
      return state.records.indices.contains(index) ? state.records[index].json : nil
    }
  }

  /// Connections that have sent a request, ever.
  var connectionCount: Int { state.withLock { $0.connections } }
}
