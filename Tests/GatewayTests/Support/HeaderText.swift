@testable import Upstream

extension HeaderLines {
  /// Each line as libcurl gets it.
  var lines: [String] { bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } }
}
