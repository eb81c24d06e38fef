import CSQLite
import Glibc

/// A value for a parameter of a statement; nil is NULL.
enum SQLValue {
  case integer(Int?)
  case text(String?)
  case blob([UInt8]?)
}

/// One connection to one file, with its statements prepared once. Used by one thread at a time.
final class Database {
  private let path: String
  private let handle: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]
  private var pageSize = 0
  /// Bytes of texts and blobs that rows gave so far; set back by whoever counts.
  var bytesRead = 0

  /// Opens the file, or makes it. Nothing is read or written yet.
  init(path: String) throws(StoreFailure) {
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard code == SQLITE_OK, let handle else {
      defer { sqlite3_close_v2(handle) }
      throw Database.failure(code, handle, path)
    }
    self.path = path
    self.handle = handle
    sqlite3_extended_result_codes(handle, 1)
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Bytes of the pages in use.
  var usedBytes: Int {
    let pages = (try? integer("PRAGMA page_count")) ?? 0
    let free = (try? integer("PRAGMA freelist_count")) ?? 0
    if pageSize == 0 { pageSize = (try? integer("PRAGMA page_size")) ?? 0 }
    return (pages - free) * pageSize
  }

  /// The key of the row that was inserted last.
  var lastKey: Int { Int(sqlite3_last_insert_rowid(handle)) }
  /// Rows that the last statement changed.
  var changes: Int { Int(sqlite3_changes(handle)) }

  /// Runs a statement; rows that it gives are left out.
  func run(_ sql: String, _ values: SQLValue...) throws(StoreFailure) {
    try step(sql, values) { _ in true }
  }

  /// Runs a statement for its rows, until `each` returns false.
  func each(_ sql: String, _ values: SQLValue..., while each: (Row) -> Bool) throws(StoreFailure) {
    try step(sql, values, each)
  }

  /// All rows of a statement; for those that are known to give few.
  func rows<Value>(_ sql: String, _ values: SQLValue..., make: (Row) -> Value) throws(StoreFailure) -> [Value] {
    var rows: [Value] = []
    try step(sql, values) { row in
      rows.append(make(row))
      return true
    }
    return rows
  }

  /// The first row of a statement.
  func first<Value>(_ sql: String, _ values: SQLValue..., make: (Row) -> Value) throws(StoreFailure) -> Value? {
    var first: Value?
    try step(sql, values) { row in
      first = make(row)
      return false
    }
    return first
  }

  /// The number that a statement gives.
  func integer(_ sql: String) throws(StoreFailure) -> Int {
    try first(sql) { $0.integer(0) } ?? 0
  }

  /// Runs statements that have no parameters and give no rows.
  func script(_ sql: String) throws(StoreFailure) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw Database.failure(code, handle, path) }
  }

  /// Undoes the transaction, if SQLite has not done so itself.
  func rollBack() {
    if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
  }
}

// MARK: - Statements

extension Database {
  private func step(_ sql: String, _ values: [SQLValue], _ each: (Row) -> Bool) throws(StoreFailure) {
    let statement = try statement(sql)
    defer {
      // The result repeats that of the last step.
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      let code = bind(value, Int32(index + 1), statement)
      if code != SQLITE_OK { throw Database.failure(code, handle, path) }
    }
    let row = Row(statement: statement, database: self)
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw Database.failure(code, handle, path) }
      if !each(row) { return }
    }
  }

  private func bind(_ value: SQLValue, _ index: Int32, _ statement: OpaquePointer) -> Int32 {
    switch value {
    case .integer(let value?): sqlite3_bind_int64(statement, index, Int64(value))
    case .text(let value?): sluice_sqlite_bind_text(statement, index, value, Int32(clamping: value.utf8.count))
    case .blob(let value?):
      value.withUnsafeBytes { sluice_sqlite_bind_blob(statement, index, $0.baseAddress, UInt64($0.count)) }
    case .integer(nil), .text(nil), .blob(nil): sqlite3_bind_null(statement, index)
    }
  }

  /// The statements are a few dozen literals of this module, so that keeping all of them is bounded.
  private func statement(_ sql: String) throws(StoreFailure) -> OpaquePointer {
    if let statement = statements[sql] { return statement }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw Database.failure(code, handle, path) }
    statements[sql] = statement
    return statement
  }

  private static func failure(_ code: Int32, _ handle: OpaquePointer?, _ path: String) -> StoreFailure {
    let system = handle.map { sqlite3_system_errno($0) } ?? 0
    var words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
    switch code & 0xFF {
    case SQLITE_FULL: return .diskFull
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(words)
    case SQLITE_BUSY, SQLITE_LOCKED: return .inUse(path: path)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY:
      if system == ENOSPC || system == EDQUOT { return .diskFull }
      if system != 0 { words += ": \(String(cString: strerror(system)))" }
      return .unavailable("'\(path)': \(words)")
    default: return .unavailable("'\(path)': \(words)")
    }
  }
}

/// The row that a statement stands at; columns count from 0.
struct Row {
  fileprivate let statement: OpaquePointer
  fileprivate let database: Database

  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

  func optionalInteger(_ column: Int32) -> Int? { isNull(column) ? nil : integer(column) }

  func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func blob(_ column: Int32) -> [UInt8] {
    // The pointer first: asking for it may change how the value is held, and so its length.
    guard let bytes = sqlite3_column_blob(statement, column) else { return [] }
    let count = Int(sqlite3_column_bytes(statement, column))
    database.bytesRead += count
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
  }

  private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
}
