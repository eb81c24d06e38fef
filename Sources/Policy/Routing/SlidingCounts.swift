import Time

/// Two kinds of events, counted over a sliding window: attempts and failures, requests and retries.
///
/// The window is a ring of ten buckets, so a count is exact to a tenth of the window and costs the same however many
/// events there are. A clock that stands still or runs backwards counts into the newest bucket.
package struct SlidingCounts: Equatable, Sendable {
  /// What one bucket, or the window, has counted.
  package struct Counts: Equatable, Sendable {
    package var events: Int
    package var marked: Int

    package init(events: Int = 0, marked: Int = 0) {
      self.events = events
      self.marked = marked
    }
  }

  /// Buckets of the ring.
  package static let bucketCount = 10

  private let bucketNanoseconds: Int64
  private var buckets: [Counts]
  private var sum = Counts()
  /// When bucket 0 began; set by the first event.
  private var origin: Instant?
  /// Number of the newest bucket since `origin`.
  private var newest: Int64 = 0
  /// When the newest bucket ends: until then there is nothing to reckon.
  private var newestEnd: Instant?

  /// Nothing counted; a window below 10 ns counts as that.
  package init(window: Duration) {
    let (seconds, attoseconds) = window.components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let nanoseconds = overflow ? Int64.max : scaled + attoseconds / 1_000_000_000
    bucketNanoseconds = max(1, nanoseconds / Int64(Self.bucketCount))
    buckets = Array(repeating: Counts(), count: Self.bucketCount)
  }

  /// Counts `events`, of which `marked` were of the special kind.
  package mutating func add(events: Int, marked: Int = 0, now: Instant) {
    advance(to: now)
    let index = Int(newest % Int64(Self.bucketCount))
    buckets[index].events += events
    buckets[index].marked += marked
    sum.events += events
    sum.marked += marked
  }

  /// What the window holds now.
  package mutating func counts(now: Instant) -> Counts {
    advance(to: now)
    return sum
  }

  /// Forgets everything.
  package mutating func clear() {
    for index in buckets.indices { buckets[index] = Counts() }
    sum = Counts()
  }

  private mutating func advance(to now: Instant) {
    if let newestEnd, now < newestEnd { return }
    defer { newestEnd = origin.map { $0 + .nanoseconds(bucketNanoseconds) * Double(newest + 1) } }
    guard let origin else { return self.origin = now }
    let (seconds, attoseconds) = (now - origin).components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return clear() }
    let number = (scaled + attoseconds / 1_000_000_000) / bucketNanoseconds
    guard number > newest else { return }
    for passed in 1...min(number - newest, Int64(Self.bucketCount)) {
      let index = Int((newest + passed) % Int64(Self.bucketCount))
      sum.events -= buckets[index].events
      sum.marked -= buckets[index].marked
      buckets[index] = Counts()
    }
    newest = number
  }
}
