/// Writes the Prometheus text exposition format, version 0.0.4, into a byte buffer.
///
/// A family is opened before its samples, and each family once. Names come from the code; label values may be anything
/// and are escaped.
package struct PrometheusText: Sendable {
  /// The `content-type` that goes with the text.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The kinds of family.
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// A label's name and value.
  package typealias Label = (name: StaticString, value: String)

  /// The text so far.
  package private(set) var bytes: [UInt8] = []

  /// An empty text.
  package init() {}

  /// Opens a family: its HELP and TYPE lines.
  package mutating func family(_ name: StaticString, _ kind: Kind, help: StaticString) {
    append("# HELP \(name) ")
    // Help text escapes backslash and line feed, but not quotes.
    appendEscaped(help.description, quotes: false)
    append("\n# TYPE \(name) \(kind.rawValue)\n")
  }

  /// One sample of a counter or gauge.
  package mutating func sample(_ name: StaticString, _ value: Int, _ labels: [Label] = []) {
    append(name.description)
    append(labels)
    append(" \(value)\n")
  }

  /// One sample of a counter or gauge.
  package mutating func sample(_ name: StaticString, _ value: Double, _ labels: [Label] = []) {
    append(name.description)
    append(labels)
    append(" \(Self.number(value))\n")
  }

  /// The samples of a histogram: cumulative buckets, sum and count.
  package mutating func samples(_ name: StaticString, _ histogram: Histogram, _ labels: [Label] = []) {
    var total = 0
    for (index, count) in histogram.counts.enumerated() {
      total += count
      let bound = index < histogram.bounds.count ? histogram.bounds[index] : .infinity
      append("\(name)_bucket")
      append(labels + [("le", Self.number(bound))])
      append(" \(total)\n")
    }
    append("\(name)_sum")
    append(labels)
    append(" \(Self.number(histogram.sum))\n\(name)_count")
    append(labels)
    append(" \(total)\n")
  }

  private mutating func append(_ labels: [Label]) {
    guard !labels.isEmpty else { return }
    append("{")
    for (index, label) in labels.enumerated() {
      append("\(index == 0 ? "" : ",")\(label.name)=\"")
      appendEscaped(label.value, quotes: true)
      append("\"")
    }
    append("}")
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func appendEscaped(_ text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\"") where quotes: append("\\\"")
      default: bytes.append(byte)
      }
    }
  }

  /// Numbers as Go parses them, which is what the format asks for.
  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value.description
  }
}
