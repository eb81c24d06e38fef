/// Reads how long an upstream asks to be left alone (RFC 9110 section 10.2.3, and the `retry-after-ms` of OpenAI).
package enum RetryAfter {
  /// What a number too large to be meant counts as: far beyond every limit, but still a `Duration`.
  package static let longest: Duration = .seconds(1_000_000_000)

  /// The wait that the headers of one answer ask for; nil when they ask for none or make no sense (zero, negative,
  /// words, a date in the past), so that the gateway's own backoff applies.
  ///
  /// The order is that of the OpenAI SDKs: `retry-after-ms`, then `retry-after` in seconds, then as a date.
  /// - Parameters:
  ///   - milliseconds: value of `retry-after-ms`; fractions are allowed.
  ///   - value: value of `retry-after`: seconds (fractions are allowed) or an HTTP date.
  ///   - now: wall clock in Unix seconds.
  ///   - parseDate: turns an HTTP date into Unix seconds; asked only when `value` is not a number.
  package static func wait(
    milliseconds: String?, value: String?, now: Int, parseDate: (String) -> Int?
  ) -> Duration? {
    if let milliseconds, let number = number(milliseconds), number > 0 {
      return duration(seconds: number / 1000)
    }
    guard let value else { return nil }
    if let number = number(value) { return number > 0 ? duration(seconds: number) : nil }
    guard let date = parseDate(value), date > now else { return nil }
    let (seconds, overflow) = date.subtractingReportingOverflow(now)
    return overflow ? longest : min(.seconds(seconds), longest)
  }

  /// `1*DIGIT [ "." 1*DIGIT ]` only: no sign, exponent, hexadecimal, "inf" or "nan", all of which `Double` would take.
  private static func number(_ text: String) -> Double? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isDigits = { (part: Substring.UTF8View) in
      !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    guard (1...2).contains(parts.count), parts.allSatisfy(isDigits) else { return nil }
    // More digits than a double holds give infinity, which counts as too long.
    return Double(text)
  }

  private static func duration(seconds: Double) -> Duration {
    seconds < longest.inSeconds ? .seconds(seconds) : longest
  }
}
