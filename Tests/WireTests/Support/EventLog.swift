/// What a parser reported, as lines of text: comparable, and readable when a comparison fails.
struct EventLog: Equatable, CustomStringConvertible {
  private(set) var lines: [String] = []
  private var openLabel: String?
  private var openBytes: [UInt8] = []

  /// Adds a line.
  mutating func append(_ line: String) {
    close()
    lines.append(line)
  }

  /// Adds bytes that may arrive in several parts: parts with the same label and nothing between them make one line.
  mutating func append(_ label: String, bytes: some Sequence<UInt8>) {
    if openLabel != label { close() }
    openLabel = label
    openBytes.append(contentsOf: bytes)
  }

  /// Ends the line of bytes that is still open, if any. A long run is shown by its length and a checksum.
  mutating func close() {
    guard let label = openLabel else { return }
    let isLong = openBytes.count > Self.shownBytesMax
    lines.append("\(label) \(isLong ? Self.summary(openBytes) : Self.escaped(openBytes))")
    openLabel = nil
    openBytes = []
  }

  var description: String { lines.joined(separator: "\n") }

  /// `bytes` with everything but visible ASCII and inner spaces written as in the fixtures.
  static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      switch byte {
      case 0x09: "\\t"
      case 0x0A: "\\n"
      case 0x0D: "\\r"
      case 0x5C: "\\\\"
      case 0x20...0x7E: String(UnicodeScalar(byte))
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }

  private static func summary(_ bytes: [UInt8]) -> String {
    "\(bytes.count) bytes, sum \(bytes.reduce(0) { $0 + Int($1) })"
  }

  private static let shownBytesMax = 64
}
