import Policy
import Synchronization

/// Who is told that a background response has grown: one list for the process, since those who follow a response and
/// the request that makes it may live on different loops.
final class ResponseWatch: Sendable {
  /// A response, by its owner and its id.
  struct Name: Hashable {
    let owner: Int
    let id: String

    init(_ id: String, of owner: Owner) {
      self.owner = owner.id
      self.id = id
    }
  }

  /// A task of a loop.
  struct Watcher: Equatable {
    let loop: Int
    let slot: UInt64
  }

  /// No more watchers than there are connections.
  private let watchers = Mutex<[Name: [Watcher]]>([:])

  func add(_ watcher: Watcher, to name: Name) {
    watchers.withLock { $0[name, default: []].append(watcher) }
  }

  func remove(_ watcher: Watcher, from name: Name) {
    watchers.withLock { watchers in
      watchers[name]?.removeAll { $0 == watcher }
      if watchers[name]?.isEmpty ?? false { watchers[name] = nil }
    }
  }

  /// Tells those who watch a response that it has grown.
  func tell(_ name: Name, _ process: GatewayProcess) {
    for watcher in watchers.withLock({ $0[name] ?? [] }) {
      process.post(.responseGrew(slot: watcher.slot), to: watcher.loop)
    }
  }
}
