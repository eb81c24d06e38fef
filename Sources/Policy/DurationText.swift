/// Durations as people write them in a configuration: `500ms`, `10s`, `1.5s`, `2m`, `1h`.
package enum DurationText {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  /// Reads a number directly followed by one of `h m s ms us ns`; nil for anything else, also for a bare number, which
  /// does not say its unit, and for what 64 bits of nanoseconds cannot hold (292 years).
  package static func parse(_ text: String) -> Duration? {
    guard let (number, name) = QuantityText.split(text),
      let unit = units.first(where: { $0.name == name }),
      let nanoseconds = number.scaled(by: unit.nanoseconds)
    else { return nil }
    return .nanoseconds(nanoseconds)
  }

  /// Writes the duration in the largest unit that needs no fraction, so that `parse` gives the same value back; what is
  /// below a nanosecond is cut off, and negative or longer durations than `parse` reads are clamped.
  package static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return "0s" }
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (total, overflowToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    let nanoseconds = overflow || overflowToo ? Int64.max : total
    guard nanoseconds > 0 else { return "0s" }
    for unit in units where nanoseconds.isMultiple(of: unit.nanoseconds) {
      return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
    return "\(nanoseconds)ns"
  }
}
