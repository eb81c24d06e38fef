import Synchronization

/// Where a request stands among those with its model name.
struct AttemptPlace: Equatable, Sendable {
  /// From 1.
  var number = 1
  /// Time since the first of them.
  var age = Duration.zero
}

/// Everything that the mock received, shared by its loops.
final class Recorder: Sendable {
  /// The oldest records are dropped beyond this number.
  static let recordsMax = 20_000

  private struct State {
    var records: [Record] = []
    /// Number of the first element of `records`.
    var firstNumber = 1
    /// By model name: how many came, and when the first did.
    var attempts: [String: (count: Int, since: UInt64)] = [:]
    var connections = 0
  }

  private let state = Mutex(State())

  /// Adds a record and returns its number and its place.
  func add(_ record: Record) -> (number: Int, place: AttemptPlace) {
    state.withLock { state in
      var record = record
      record.number = state.firstNumber + state.records.count
      let earlier = state.attempts[record.facts.model] ?? (0, record.beganAt)
      record.attempt = earlier.count + 1
      state.attempts[record.facts.model] = (record.attempt, earlier.since)
      state.records.append(record)
      if state.records.count > Self.recordsMax {
        let surplus = Self.recordsMax / 10
        state.records.removeFirst(surplus)
        state.firstNumber += surplus
      }
      let age = Duration.nanoseconds(record.beganAt - earlier.since)
      return (record.number, AttemptPlace(number: record.attempt, age: age))
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

  /// `{"requests":[…]}`; with `run` only those of that run, with `id` only those with that `x-request-id`.
  func list(run: String?, id: String?) -> String {
    let records = state.withLock { $0.records }
    let matching = records.filter { (run == nil || $0.run == run) && (id == nil || $0.id == id) }
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
