import Glibc

/// The wait before a retry: exponential, capped, shortened at random so that clients that failed together do not come
/// back together. The numbers are those of the OpenAI SDKs: `min(0.5 · 2ⁿ, 8) · (1 − 0.25 · random)` seconds.
package struct Backoff: Equatable, Sendable {
  /// Where the numbers come from.
  package var policy: RetryPolicy

  /// The waits of one policy.
  package init(_ policy: RetryPolicy) {
    self.policy = policy
  }

  /// - Parameters:
  ///   - retry: retries already made, 0 for the wait before the first one.
  ///   - random: chance, 0..<1; values outside are clamped.
  package func wait(beforeRetry retry: Int, random: Double) -> Duration {
    let initial = policy.initial.inSeconds
    let longest = policy.max.inSeconds
    guard initial > 0, longest > 0 else { return .zero }
    // The product may overflow to infinity, which `min` turns into the cap again.
    let grown = min(initial * pow(policy.factor, Double(max(0, retry))), longest)
    let share = min(max(policy.jitter, 0), 1) * min(max(random, 0), 1)
    return .seconds(grown * (1 - share))
  }
}

extension Duration {
  /// The length as a floating-point number of seconds; exact to about a nanosecond for what a request can last.
  package var inSeconds: Double {
    let attoseconds = attoseconds
    // Up to nine seconds fit into a word; dividing two of them is dear, and this is done for each attempt.
    let short = Int64(truncatingIfNeeded: attoseconds)
    if Int128(short) == attoseconds { return Double(short) * 1e-18 }
    return Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
