import Glibc
import Wire

/// The most allocations that each operation may cost, from a JSON object of names and numbers.
struct Thresholds {
  private let bytes: [UInt8]
  private let root: Range<Int>

  /// - Returns: `nil` when the file cannot be read or holds no object.
  init?(path: String) {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = fread(&bytes, 1, bytes.count, file)
    bytes.removeLast(bytes.count - count)
    guard let value = try? JSONScan.document(bytes.span), value.kind == .object else { return nil }
    self.bytes = bytes
    root = value.range
  }

  /// - Returns: `nil` when the file names no limit, which counts as a mistake.
  func limit(for operation: StaticString) -> Double? {
    guard let value = JSONPick.member(operation, of: root, in: bytes.span) else { return nil }
    return JSONPick.number(value, in: bytes.span)
  }
}
