/// How often values fell into fixed ranges: a plain mergeable value, owned by one loop.
///
/// The bounds are fixed at the start, so observing costs a binary search and no allocation.
package struct Histogram: Equatable, Sendable {
  /// Upper bounds of the buckets, inclusive and ascending; one more bucket takes what is above the last.
  package let bounds: [Double]
  /// Observations per bucket, not cumulative; one more than there are bounds.
  package private(set) var counts: [Int]
  /// Sum of all observed values.
  package private(set) var sum: Double = 0

  /// - Parameter bounds: ascending.
  package init(bounds: [Double]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "histogram bounds must ascend")
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Observations in all.
  package var count: Int { counts.reduce(0, +) }

  /// Counts one value. A NaN counts as above every bound and leaves the sum alone.
  package mutating func observe(_ value: Double) {
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    counts[low] += 1
    if !value.isNaN { sum += value }
  }

  /// Counts one duration, in seconds.
  package mutating func observe(_ duration: Duration) {
    observe(Double(duration.wholeMicroseconds) * 1e-6)
  }

  /// Adds another loop's observations; both must have the same bounds.
  package mutating func merge(_ other: Histogram) {
    precondition(bounds == other.bounds, "only histograms of the same bounds can be merged")
    for index in counts.indices { counts[index] += other.counts[index] }
    sum += other.sum
  }
}
