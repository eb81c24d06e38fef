import Synchronization

/// Streams that a test lets go on event by event: `POST /_mock/gate?run=TEXT&n=3` lets three more events through.
final class Gates: Sendable {
  /// Runs at one time; a further one is refused.
  static let runsMax = 10_000

  /// Events that may still pass, by run.
  private let permits = Mutex<[String: Int]>([:])

  /// Lets `count` more events through. False when there are too many runs.
  func open(run: String, count: Int) -> Bool {
    permits.withLock { permits in
      guard permits[run] != nil || permits.count < Self.runsMax else { return false }
      permits[run, default: 0] += count
      return true
    }
  }

  /// Whether one more event may pass; if so it has.
  func take(run: String) -> Bool {
    permits.withLock { permits in
      guard let left = permits[run], left > 0 else { return false }
      permits[run] = left - 1
      return true
    }
  }
}
