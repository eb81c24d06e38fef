/// Rules about what may be called where.
extension Rule {
  /// Calls that reach the kernel through a descriptor, a path or a process.
  static let systemCalls: Set<Substring> = [
    "socket", "bind", "listen", "accept", "accept4", "connect", "shutdown", "send", "sendto", "sendmsg", "recv",
    "recvfrom", "recvmsg", "read", "pread", "readv", "write", "pwrite", "writev", "close", "pipe", "pipe2", "dup",
    "dup2",
    "dup3", "fcntl", "ioctl", "poll", "ppoll", "select", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "eventfd", "eventfd_read", "eventfd_write", "timerfd_create", "timerfd_settime", "signalfd", "getsockopt",
    "setsockopt", "getsockname", "getpeername", "open", "openat", "creat", "fopen", "fdopen", "fread", "fwrite",
    "fclose",
    "stat", "fstat", "lstat", "sendfile", "splice", "mmap", "munmap", "fork", "execve", "posix_spawn", "system",
  ]

  /// Files that may make system calls, and which: all of them, where the set is empty.
  static let systemCallers: [String: Set<Substring>] = [
    "Sources/Reactor/Syscalls.swift": [],
    // The log is written from a queue of its own, below every loop.
    "Sources/Telemetry/LogSink.swift": ["write", "poll"],
    // The executable reads its own files and talks to its terminal before and beside the loops.
    "Sources/sluice/ConfigurationSource.swift": ["open", "read", "close"],
    "Sources/sluice/Console.swift": ["write"],
  ]

  static let systemCallsHaveOnePlace = Rule(statement: "system calls are made in Sources/Reactor/Syscalls.swift") {
    file, all in
    guard let module = file.module else { return [] }
    if let allowed = systemCallers[file.path] {
      return allowed.isEmpty ? [] : calls(of: systemCalls.subtracting(allowed), in: file, all, module)
    }
    return calls(of: systemCalls, in: file, all, module)
  }

  static let pureModulesStayPure = Rule(
    statement: "Wire, Policy, Dialects and Config take time and chance as arguments and print nothing"
  ) { file, _ in
    guard let module = file.module, ModuleGraph.pure.contains(module) else { return [] }
    let types: Set<Substring> = ["SystemRandomNumberGenerator", "DispatchQueue", "DispatchSource", "Task", "Thread"]
    let functions: Set<Substring> = [
      "clock_gettime", "gettimeofday", "time", "getrandom", "random", "rand", "arc4random", "print", "debugPrint",
      "usleep",
      "sleep", "pthread_create",
    ]
    return file.tokens.filter { token in
      if types.contains(token.text) { return token.before != UInt8(ascii: ".") }
      if token.text == "now" { return isClockReading(token, in: file) }
      return functions.contains(token.text) && isCall(token, in: file)
    }.map { ($0.line, String($0.text)) }
  }

  static let nothingIsForced = Rule(statement: "no `try!` in Sources") { file, _ in
    guard file.module != nil else { return [] }
    return file.tokens.filter { $0.text == "try" && $0.after == UInt8(ascii: "!") }.map { ($0.line, "try!") }
  }

  /// Free calls of some functions. A name that the module declares itself, as a function or as a property that holds
  /// one, is taken for its own, as Swift would; `Glibc.name` never is.
  private static func calls(of names: Set<Substring>, in file: SourceFile, _ all: [SourceFile], _ module: String)
    -> [(line: Int, found: String)]
  {
    let candidates = file.tokens.filter { names.contains($0.text) && isCall($0, in: file) }
    guard !candidates.isEmpty else { return [] }
    let own = Set(all.filter { $0.module == module }.flatMap(declaredNames))
    return candidates.filter { isQualified($0, by: "Glibc", in: file) || !own.contains($0.text) }.map {
      ($0.line, "\($0.text)(…)")
    }
  }

  /// `name(`, alone or after `Glibc.`; not a method, a declaration or an argument label.
  private static func isCall(_ token: SourceFile.Token, in file: SourceFile) -> Bool {
    guard token.after == UInt8(ascii: "(") else { return false }
    if token.before == UInt8(ascii: ".") { return isQualified(token, by: "Glibc", in: file) }
    return previous(token, in: file)?.text != "func"
  }

  private static func isQualified(_ token: SourceFile.Token, by module: String, in file: SourceFile) -> Bool {
    token.before == UInt8(ascii: ".") && previous(token, in: file)?.text == module[...]
  }

  /// `Instant.now`, `ContinuousClock.now`, `SuspendingClock().now`, `.now`: anything but a `now` handed in.
  private static func isClockReading(_ token: SourceFile.Token, in file: SourceFile) -> Bool {
    guard token.before == UInt8(ascii: "."), let owner = previous(token, in: file) else { return false }
    return owner.text.hasSuffix("Clock") || owner.text.hasSuffix("Instant") || owner.text.hasSuffix("Time")
  }

  private static func previous(_ token: SourceFile.Token, in file: SourceFile) -> SourceFile.Token? {
    file.tokens.last { $0.offset < token.offset }
  }
}
