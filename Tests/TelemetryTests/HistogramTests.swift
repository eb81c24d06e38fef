import Telemetry
import Testing

struct HistogramTests {
  @Test(arguments: [
    (-1.0, 0), (0, 0), (1, 0), (1.0001, 1), (2, 1), (3, 2), (4, 2), (4.5, 3), (.infinity, 3), (.nan, 3),
  ])
  func `a value falls into the first bucket whose bound it does not exceed`(value: Double, bucket: Int) {
    var histogram = Histogram(bounds: [1, 2, 4])
    histogram.observe(value)
    #expect(histogram.counts.firstIndex(of: 1) == bucket)
    #expect(histogram.count == 1)
  }

  @Test func `durations count in seconds`() {
    var histogram = Histogram(bounds: [0.001, 1])
    histogram.observe(.microseconds(500))
    histogram.observe(.milliseconds(1500))
    #expect(histogram.counts == [1, 0, 1])
    #expect(abs(histogram.sum - 1.5005) < 1e-9)
  }

  @Test func `a NaN does not spoil the sum`() {
    var histogram = Histogram(bounds: [1])
    histogram.observe(.nan)
    histogram.observe(0.5)
    #expect(histogram.sum == 0.5)
  }

  @Test func `merging gives what one histogram would have counted`() {
    var (left, right, both) = (Histogram(bounds: [1, 2]), Histogram(bounds: [1, 2]), Histogram(bounds: [1, 2]))
    for value in [0.5, 1.5, 3] {
      left.observe(value)
      both.observe(value)
    }
    for value in [0.25, 8] {
      right.observe(value)
      both.observe(value)
    }
    left.merge(right)
    #expect(left == both)
  }

  @Test(arguments: [LoopMetrics.addedTimeBounds, LoopMetrics.durationBounds])
  func `every bound of the program's histograms is its own bucket`(bounds: [Double]) {
    var histogram = Histogram(bounds: bounds)
    for bound in bounds { histogram.observe(bound) }
    #expect(histogram.counts == Array(repeating: 1, count: bounds.count) + [0])
  }
}
