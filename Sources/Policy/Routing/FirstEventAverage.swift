import Glibc
import Time

/// How long a target has lately taken to its first event: an exponential moving average.
///
/// It fades while nobody asks: a target that was slow once is tried again after a while, instead of being judged for
/// good by the last time that somebody dared to.
package struct FirstEventAverage: Equatable, Sendable {
  /// Weight of the newest value.
  package static let weight = 0.3
  /// Time without a value after which the average counts for half.
  package static let halfLife: Duration = .seconds(30)

  private var seconds = 0.0
  private var takenAt: Instant?

  package init() {}

  /// Takes a value in.
  package mutating func take(_ value: Duration, now: Instant) {
    let value = value.inSeconds
    seconds = takenAt == nil ? value : seconds + Self.weight * (value - seconds)
    takenAt = now
  }

  /// The faded average in seconds; nil when there has been no value.
  package func estimate(now: Instant) -> Double? {
    guard let takenAt else { return nil }
    let age = max(0, (now - takenAt).inSeconds)
    return seconds * pow(0.5, age / Self.halfLife.inSeconds)
  }
}
