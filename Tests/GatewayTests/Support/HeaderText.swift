@testable import Upstream

extension HeaderLines {
  /// Each line without its end.
  var lines: [String] {
    var lines: [String] = []
    forEach { lines.append(String(decoding: bytes[$0], as: UTF8.self)) }
    return lines
  }
}
