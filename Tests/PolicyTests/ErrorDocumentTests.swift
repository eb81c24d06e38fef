import Glibc
import Policy
import Testing

/// Holds `docs/errors.md` and `ErrorCode` to each other.
struct ErrorDocumentTests {
  /// One row of the table "All codes".
  struct Row {
    var line: Int
    var code: String
    var status: String
    var type: String
    var fault: String
    var retry: String
  }

  @Test func `every error code has a row and every row is an error code`() throws {
    let rows = try Self.rows()
    let documented = rows.map(\.code)
    #expect(Set(documented) == Set(ErrorCode.allCases.map(\.rawValue)))
    #expect(documented.count == Set(documented).count, "a code is documented twice")
  }

  @Test func `rows say what the code says`() throws {
    for row in try Self.rows() {
      guard let code = ErrorCode(rawValue: row.code) else { continue }
      let place: Comment = "docs/errors.md:\(row.line) \(row.code)"
      #expect(row.status == String(code.status), place)
      #expect(row.type == code.type.rawValue, place)
      #expect(row.fault == code.fault.rawValue, place)
      #expect(row.retry == (code.isRetryable ? "yes" : "no"), place)
    }
  }

  private static func rows(file: String = #filePath) throws -> [Row] {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let text = try read(root + "/docs/errors.md")
    var rows: [Row] = []
    var isInTable = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("## ") { isInTable = line == "## All codes" }
      guard isInTable, line.hasPrefix("| `") else { continue }
      let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
      try #require(cells.count == 7, "docs/errors.md:\(index + 1) needs seven columns")
      rows.append(
        Row(line: index + 1, code: cells[0], status: cells[1], type: cells[2], fault: cells[3], retry: cells[4]))
    }
    return rows
  }

  private static func read(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "cannot open \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
