import Synchronization

/// Keeps the servers of all loops alive; each is used by its own loop only.
final class ServerBox: @unchecked Sendable {
  private let count = Mutex(0)
  private var servers: [MockServer] = []

  func add(_ server: MockServer) {
    count.withLock { count in
      servers.append(server)
      count += 1
    }
  }
}
