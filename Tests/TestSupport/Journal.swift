import Dispatch
import Synchronization
import Testing

/// What happened, in order: written on a loop, awaited by a test.
package final class Journal<Entry: Sendable>: Sendable {
  /// How long a test waits for something that must happen; never waited for in full when all is well.
  package static var patience: DispatchTimeInterval { .seconds(10) }

  private let entries = Mutex<[Entry]>([])
  private let changed = DispatchSemaphore(value: 0)

  package init() {}

  package func append(_ entry: Entry) {
    entries.withLock { $0.append(entry) }
    changed.signal()
  }

  package var all: [Entry] { entries.withLock { $0 } }

  /// Waits until what has been written meets `condition`; records an issue when it does not in time.
  @discardableResult
  package func wait(
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    until condition: ([Entry]) -> Bool
  ) -> [Entry] {
    let deadline = DispatchTime.now() + Self.patience
    while true {
      let now = all
      if condition(now) { return now }
      guard changed.wait(timeout: deadline) == .success else {
        Issue.record("waited in vain, with \(now) \(comment?.rawValue ?? "")", sourceLocation: sourceLocation)
        return now
      }
    }
  }
}
