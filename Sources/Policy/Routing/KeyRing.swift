import Time

/// Which of an upstream's keys is used, and which are benched.
///
/// One key is used until it fails, because upstreams keep prompts cached per account; then the next one's turn comes. A
/// ring of benched keys hands out the one whose bench ends first: asking tells more than refusing.
package struct KeyRing: Equatable, Sendable {
  /// Why a key failed.
  package enum Failure: Equatable, Sendable {
    /// Its rate limit is reached; nil = the upstream did not say for how long.
    case limited(Duration?)
    /// Its account has no money left.
    case exhausted
    /// It is not accepted.
    case refused
  }

  /// Keys that one upstream can have: one bit each in `KeySet`.
  package static let keysMax = 64
  /// The bench of a limited key whose upstream does not say for how long.
  package static let limitedFor: Duration = .seconds(5)
  /// The longest bench of a limited key, whatever the upstream says.
  package static let limitedMax: Duration = .seconds(120)
  /// The bench of a key that only people can mend.
  package static let brokenFor: Duration = .seconds(300)

  /// Keys that one request has used already.
  package typealias KeySet = UInt64

  private var freeAt: [Instant?]
  private var current = 0

  /// - Parameter count: 1...`keysMax`; what lies beyond is not used.
  package init(count: Int) {
    freeAt = Array(repeating: nil, count: min(max(1, count), Self.keysMax))
  }

  /// Number of keys.
  package var count: Int { freeAt.count }

  /// How many are benched.
  package func benched(now: Instant) -> Int {
    freeAt.indices.count { !isFree($0, now) }
  }

  /// The key to use: the current one, or the next that is free and not in `used`.
  package func key(notIn used: KeySet, now: Instant) -> Int {
    if let key = other(notIn: used, now: now) { return key }
    let benched = freeAt.indices.min { (freeAt[$0] ?? now) < (freeAt[$1] ?? now) }
    return benched ?? current
  }

  /// Whether there is a free key that is not in `used`.
  package func hasOther(notIn used: KeySet, now: Instant) -> Bool {
    other(notIn: used, now: now) != nil
  }

  /// Until the first key is free; zero or less when one is.
  package func freeIn(now: Instant) -> Duration {
    freeAt.map { ($0 ?? now) - now }.min() ?? .zero
  }

  /// A key has failed: it is benched, and if it was the current one, the next takes its place.
  package mutating func failed(_ key: Int, _ failure: Failure, now: Instant) {
    guard freeAt.indices.contains(key) else { return }
    let bench: Duration =
      switch failure {
      case .limited(let asked): min(asked ?? Self.limitedFor, Self.limitedMax)
      case .exhausted, .refused: Self.brokenFor
      }
    // Answers to several requests may come in any order; the longest bench counts.
    freeAt[key] = max(freeAt[key] ?? now, now + bench)
    if key == current { current = (current + 1) % count }
  }

  private func other(notIn used: KeySet, now: Instant) -> Int? {
    (0..<count).lazy.map { (current + $0) % count }.first { used & (1 << UInt64($0)) == 0 && isFree($0, now) }
  }

  private func isFree(_ key: Int, _ now: Instant) -> Bool {
    freeAt[key].map { $0 <= now } ?? true
  }
}
