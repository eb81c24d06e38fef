import CSQLite
import Glibc

extension StateStore {
  /// Whether a store could be opened at `path`, as far as can be told without opening or making it.
  package static func check(path: String) throws(StoreFailure) {
    guard path != ":memory:" else { return }
    try Database.checkKind(path)
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    for (file, mode) in [(folder, W_OK | X_OK), (path, R_OK | W_OK)] where access(file, mode) != 0 {
      // A file that is not there will be made.
      if file == path, errno == ENOENT { continue }
      throw .unavailable("'\(file)': \(String(cString: strerror(errno)))")
    }
  }
}

extension Database {
  /// A device or a pipe is nobody's database, and not ours to change.
  fileprivate static func checkKind(_ path: String) throws(StoreFailure) {
    var status: stat = .init()
    if path != ":memory:", fstatat(AT_FDCWD, path, &status, 0) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw .foreignFile(path: path)
    }
  }

  /// Opens a store's file: checks that it is one, locks it for this process and brings its schema up to date.
  convenience init(opening options: StoreOptions) throws(StoreFailure) {
    try Self.checkKind(options.path)
    try self.init(path: options.path)
    // The lock is held until the process ends, however it ends. Before the first access, so that the index of the
    // write-ahead log needs no shared memory.
    try run("PRAGMA locking_mode = EXCLUSIVE")
    let version = try checkedVersion(options.path)
    // It holds what people said. The file is empty if it is new; the log gets the same mode from it.
    if options.path != ":memory:" { Glibc.chmod(options.path, 0o600) }
    // Before the first table, or it would have no effect.
    try run("PRAGMA auto_vacuum = INCREMENTAL")
    try run("PRAGMA journal_mode = WAL")
    try run("PRAGMA journal_size_limit = 16777216")
    // Commits are safe from the end of the process; a power cut may undo the last ones, whole ones.
    try run("PRAGMA synchronous = NORMAL")
    try run("PRAGMA foreign_keys = ON")
    // What is deleted is overwritten where that costs no further writes.
    try run("PRAGMA secure_delete = FAST")
    try run("PRAGMA cell_size_check = ON")
    try migrate(from: version)
  }

  /// The schema's version of a file that may be opened; 0 for an empty one.
  private func checkedVersion(_ path: String) throws(StoreFailure) -> Int {
    let application = try integer("PRAGMA application_id")
    let version = try integer("PRAGMA user_version")
    if application == Schema.applicationID {
      guard version <= Schema.migrations.count else {
        throw .newerSchema(found: version, known: Schema.migrations.count)
      }
      return version
    }
    guard application == 0, version == 0, try integer("SELECT count(*) FROM sqlite_schema") == 0 else {
      throw .foreignFile(path: path)
    }
    return 0
  }

  private func migrate(from version: Int) throws(StoreFailure) {
    guard version < Schema.migrations.count else { return }
    try run("BEGIN IMMEDIATE")
    for migration in Schema.migrations.dropFirst(version) { try script(migration) }
    try script("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.migrations.count)")
    try run("COMMIT")
  }
}

extension StoreFailure {
  /// Whether the disk or the file is at fault, and not what was asked for.
  var isFault: Bool {
    switch self {
    case .diskFull, .damaged, .unavailable, .inUse: true
    case .notFound, .unknownItem, .notContinuable, .brokenChain, .chainTooLong, .tooManyItems, .tooLarge,
      .conversationLocked, .overloaded, .closed, .newerSchema, .foreignFile:
      false
    }
  }
}
