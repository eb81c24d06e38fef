#if DEBUG
  import Reactor

  /// Faults on purpose, for the tests of what is told of them. In debug builds only, and out of the network's reach.
  package enum CrashTest {
    /// A trap of the Swift runtime.
    package static func trap() -> Never { fatalError("asked to by SIGUSR1") }

    /// A stack that overflows.
    package static func overflow() {
      CrashReport.prepareThread()
      _ = deeper(0)
    }

    private static func deeper(_ depth: Int) -> Int { depth == .max ? 0 : deeper(depth + 1) + depth }
  }
#endif
