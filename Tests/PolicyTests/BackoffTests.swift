import Policy
import Testing

struct BackoffTests {
  @Test(arguments: [(0, 500), (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 8000), (1000, 8000)])
  func `without chance the wait doubles up to the cap`(retry: Int, milliseconds: Int) {
    #expect(Backoff(RetryPolicy()).wait(beforeRetry: retry, random: 0) == .milliseconds(milliseconds))
  }

  @Test(arguments: 0..<6)
  func `chance takes away a quarter at most`(retry: Int) {
    let backoff = Backoff(RetryPolicy())
    let full = backoff.wait(beforeRetry: retry, random: 0)
    var random = SplitMix64(seed: UInt64(retry))
    for _ in 0..<100 {
      let wait = backoff.wait(beforeRetry: retry, random: random.unit())
      #expect(wait <= full && wait > full * 0.75)
    }
  }

  @Test func `a policy without waits waits not at all`() {
    #expect(Backoff(RetryPolicy(initial: .zero)).wait(beforeRetry: 3, random: 0.5) == .zero)
  }

  @Test func `numbers beyond reason stay within the cap`() {
    let backoff = Backoff(RetryPolicy(factor: 1e300, jitter: 7))
    #expect(backoff.wait(beforeRetry: .max, random: 0) == .seconds(8))
    #expect(backoff.wait(beforeRetry: -1, random: 0) == .milliseconds(500))
    #expect(backoff.wait(beforeRetry: 1, random: 9) == .zero)
  }
}
