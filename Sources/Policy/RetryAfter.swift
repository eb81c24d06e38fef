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

  /// The wait that `x-ratelimit-reset-requests` and `-tokens` ask for; nil when neither says anything sensible. For
  /// answers that carry no `retry-after`: a server that says when its limit is reset says when to come back.
  ///
  /// OpenAI and Groq write durations (`1s`, `6m0s`, `7.66s`, `20ms`), others seconds; more than `plausible` is a point
  /// in time or a day's quota, and no hint for a retry.
  /// - Parameters:
  ///   - requests: counts only when no request is left (`remainingRequests` is not above 0), likewise `tokens`.
  package static func reset(
    requests: String?, remainingRequests: String?, tokens: String?, remainingTokens: String?
  ) -> Duration? {
    let waits = [(requests, remainingRequests), (tokens, remainingTokens)].compactMap { reset, remaining in
      isUsedUp(remaining) ? reset.flatMap(compound) : nil
    }
    return waits.filter { $0 > .zero && $0 <= plausible }.max()
  }

  /// The longest time to a reset that is taken for a wait.
  static let plausible: Duration = .seconds(600)

  private static func isUsedUp(_ remaining: String?) -> Bool {
    // Without a count both are possible; what is reset was used up more often than not.
    remaining.flatMap(number).map { $0 < 1 } ?? true
  }

  /// `6m0s`, `1h2m3.5s`, `20ms`, or seconds without a unit.
  private static func compound(_ text: String) -> Duration? {
    if let seconds = number(text) { return duration(seconds: seconds) }
    guard text.utf8.count <= 32 else { return nil }
    var rest = Substring(text)
    var sum = Duration.zero
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
      guard !digits.isEmpty, let part = DurationText.parse(String(digits + unit)) else { return nil }
      sum += part
      rest = rest.dropFirst(digits.count + unit.count)
    }
    return sum > .zero ? min(sum, longest) : nil
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
