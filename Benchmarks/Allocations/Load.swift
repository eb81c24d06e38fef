import CAllocCount
import Glibc

/// The load generator as a child process, with the mock upstream inside it.
struct Load {
  let executable: String
  let upstreamPort: UInt16
  let proxyPort: UInt16

  struct Failure: Error {
    let message: String
  }

  /// Runs a load to its end.
  ///
  /// - Returns: heap allocations of the gateway meanwhile.
  func allocations(_ words: [String]) throws(Failure) -> UInt64 {
    let before = sluice_alloc_count()
    try run(words + ["--upstream", String(upstreamPort), "--proxy", String(proxyPort)])
    return Load.settledCount() - before
  }

  /// The gateway still tidies up when the client has its last byte: waits until the count stands still.
  private static func settledCount() -> UInt64 {
    var last = sluice_alloc_count()
    while true {
      usleep(20_000)
      let count = sluice_alloc_count()
      if count == last { return count }
      last = count
    }
  }

  private func run(_ words: [String]) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The figures of the generator are of no interest here.
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var arguments: [UnsafeMutablePointer<CChar>?] = ([executable] + words).map { strdup($0) }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    var child: pid_t = 0
    guard posix_spawn(&child, executable, &actions, nil, arguments, environ) == 0 else {
      throw Failure(message: "cannot start \(executable)")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw Failure(message: "wrong or missing answers for \(words.joined(separator: " "))") }
  }
}
