import CSQLite
import Glibc
import Store
import TestSupport
import Testing

struct StoreFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `what was kept is there after reopening`() throws {
    let first = try StateStore(.file(folder))
    try first.keep(.sample("resp_1"), input: [.sample("i1")])
    #expect(first.close())
    let second = try StateStore(.file(folder))
    #expect(try ask { second.response("resp_1", owner: .ann, then: $0) } == .sample("resp_1"))
    #expect(second.counters.responses == 1)
    #expect(second.counters.bytes > 0)
  }

  @Test func `only the owner of the process can read the files`() throws {
    let store = try StateStore(.file(folder))
    try store.keep(.sample("resp_1"))
    for name in ["state.db", "state.db-wal"] {
      var status = stat()
      #expect(stat("\(folder.path)/\(name)", &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
    store.close()
  }

  @Test func `a file has one store at a time`() throws {
    let first = try StateStore(.file(folder))
    #expect(throws: StoreFailure.inUse(path: folder.file)) { try StateStore(.file(folder)) }
    try first.keep(.sample("resp_1"))
    first.close()
    try StateStore(.file(folder)).close()
  }

  @Test func `a file of a newer version is refused, and says so`() throws {
    try StateStore(.file(folder)).close()
    try change("PRAGMA user_version = 99")
    #expect(throws: StoreFailure.newerSchema(found: 99, known: 1)) { try StateStore(.file(folder)) }
    #expect(StoreFailure.newerSchema(found: 99, known: 1).description.contains("99"))
    try change("PRAGMA user_version = 1")
    try StateStore(.file(folder)).close()
  }

  @Test func `another program's database is left alone`() throws {
    try change("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let before = folder.fileBytes
    #expect(throws: StoreFailure.foreignFile(path: folder.file)) { try StateStore(.file(folder)) }
    #expect(folder.fileBytes == before)
  }

  @Test func `what is no file is left alone`() {
    #expect(throws: StoreFailure.foreignFile(path: "/dev/null")) { try StateStore(StoreOptions(path: "/dev/null")) }
    var status = stat()
    #expect(fstatat(AT_FDCWD, "/dev/null", &status, 0) == 0)
    #expect(status.st_mode & 0o777 != 0o600)
  }

  @Test func `a file that is no database is refused`() throws {
    try write(Array(repeating: UInt8(ascii: "x"), count: 8192), at: 0)
    #expect(throws: StoreFailure.damaged("file is not a database")) { try StateStore(.file(folder)) }
  }

  @Test func `a damaged page fails the calls that need it`() throws {
    let store = try StateStore(.file(folder))
    try store.keep(.sample("resp_1", output: #"{"text":"\#(String(repeating: "a", count: 100_000))"}"#))
    store.close()
    let pages = folder.fileBytes / 4096
    for page in 2..<pages { try write(Array(repeating: 0xFF, count: 4096), at: page * 4096) }
    // Already the look for interrupted responses may meet the damage.
    let damaged = #expect(throws: StoreFailure.self) {
      let store = try StateStore(.file(folder))
      defer { store.close() }
      _ = try ask { store.response("resp_1", owner: .ann, then: $0) }
    }
    guard case .damaged = damaged else {
      Issue.record("\(String(describing: damaged))")
      return
    }
  }

  @Test func `a folder that is not there is an error`() throws {
    let failure = #expect(throws: StoreFailure.self) { try StateStore(StoreOptions(path: "/nowhere/state.db")) }
    #expect(failure?.description.contains("No such file") == true)
  }

  @Test func `what cannot be opened can be told before`() throws {
    try StateStore.check(path: ":memory:")
    try StateStore.check(path: folder.file)
    #expect(folder.fileBytes == -1)
    try StateStore(StoreOptions(path: folder.file)).close()
    try StateStore.check(path: folder.file)
    let failure = #expect(throws: StoreFailure.self) { try StateStore.check(path: "/nowhere/state.db") }
    #expect(failure?.description == "'/nowhere': No such file or directory")
    #expect(throws: StoreFailure.foreignFile(path: folder.path)) { try StateStore.check(path: folder.path) }
  }

  @Test func `a store in memory leaves no file and ends with itself`() throws {
    let first = try StateStore(.memory())
    try first.keep(.sample("resp_1"))
    let second = try StateStore(.memory())
    #expect(try failure { second.response("resp_1", owner: .ann, then: $0) } == .notFound)
  }

  /// The child keeps responses from several threads, notes in a file which ones it was told are kept, and kills itself.
  @Test func `a killed process loses nothing that was reported as kept`() async throws {
    let path = killedFile(of: getpid())
    defer { for suffix in ["", "-wal", ".log"] { unlink(path + suffix) } }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = killedFile(of: getppid())
      let log = open(path + ".log", O_CREAT | O_WRONLY | O_APPEND, 0o600)
      let store = try StateStore(StoreOptions(path: path))
      for number in 0..<1000 {
        store.insert(.sample("resp_\(1000 + number)"), input: [.sample("i")], owner: .ann) { result in
          guard case .success = result else { return }
          Glibc.write(log, "\(1000 + number)\n", 5)
          if number == 700 { kill(getpid(), SIGKILL) }
        }
      }
      sleep(20)
    }
    let kept = try lines(path + ".log")
    #expect(kept.count > 700)
    let store = try StateStore(StoreOptions(path: path))
    for number in kept {
      let id = "resp_\(number)"
      #expect(try ask { store.response(id, owner: .ann, then: $0) } == .sample(id))
      #expect(try ask { store.inputItems(of: id, PageQuery(), owner: .ann, then: $0) }.items == [.sample("i")])
    }
    store.close()
  }

  private func lines(_ path: String) throws -> [Substring] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
  }

  private func write(_ bytes: [UInt8], at offset: Int) throws {
    let descriptor = open(folder.file, O_CREAT | O_WRONLY, 0o600)
    defer { close(descriptor) }
    #expect(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
  }

  private func change(_ sql: String) throws {
    var database: OpaquePointer?
    defer { sqlite3_close(database) }
    try #require(sqlite3_open(folder.file, &database) == SQLITE_OK)
    try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
  }
}

/// Where the child of a process keeps what is to survive it.
private func killedFile(of process: pid_t) -> String { "/tmp/sluice-store-killed-\(process).db" }
