import Policy
import Testing

struct RetryAfterTests {
  private static let now = 1_795_000_000

  private func wait(ms: String? = nil, _ value: String? = nil) -> Duration? {
    RetryAfter.wait(milliseconds: ms, value: value, now: Self.now) { text in
      switch text {
      case "in a minute": Self.now + 60
      case "long ago": Self.now - 60
      case "end of time": .max
      default: nil
      }
    }
  }

  @Test(arguments: [("1", 1000), ("1.5", 1500), ("0.25", 250), ("60", 60_000), ("007", 7000)])
  func `seconds may have a fraction`(value: String, milliseconds: Int) {
    #expect(wait(value) == .milliseconds(milliseconds))
  }

  @Test func `milliseconds come before seconds`() {
    #expect(wait(ms: "1500", "9") == .milliseconds(1500))
    #expect(wait(ms: "2.5") == .microseconds(2500))
  }

  @Test(arguments: ["soon", "", "0", "-5"])
  func `milliseconds that make no sense leave the word to the seconds`(ms: String) {
    #expect(wait(ms: ms, "2") == .seconds(2))
  }

  @Test(arguments: ["", "0", "0.0", "-1", "+1", "1e3", "0x10", "inf", "nan", "5 s", " 5", "1.", ".5", "1.2.3", "soon"])
  func `what is neither a positive number nor a date is no hint`(value: String) {
    #expect(wait(value) == nil)
  }

  @Test func `a date counts from now, and only ahead`() {
    #expect(wait("in a minute") == .seconds(60))
    #expect(wait("long ago") == nil)
  }

  @Test(arguments: ["1000000000", "99999999999999999999", String(repeating: "9", count: 400), "end of time"])
  func `a number too large to be meant is the longest wait there is`(value: String) {
    #expect(wait(value) == RetryAfter.longest)
  }

  @Test func `no header is no hint`() {
    #expect(wait() == nil)
  }

  // MARK: - x-ratelimit-reset-*

  private func reset(_ requests: String?, _ left: String? = nil, tokens: String? = nil, _ tokensLeft: String? = nil)
    -> Duration?
  {
    RetryAfter.reset(
      requests: requests, remainingRequests: left, tokens: tokens, remainingTokens: tokensLeft)
  }

  @Test(arguments: [
    ("1s", 1000), ("20ms", 20), ("6m0s", 360_000), ("7.66s", 7660), ("1m2.5s", 62_500), ("12", 12_000), ("0.5", 500),
  ])
  func `a reset is a duration in one of the usual spellings`(text: String, milliseconds: Int) {
    #expect(reset(text) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "0s", "soon", "-1s", "1s2", "1x", "s", "1795000000", "24h0m0s", "2026-11-21T00:00:00Z"])
  func `anything else, and what is too far away to be waited for, is no hint`(text: String) {
    #expect(reset(text) == nil)
  }

  @Test func `only the limit that is used up counts, and the later of two`() {
    #expect(reset("2s", "0", tokens: "9s", "100") == .seconds(2))
    #expect(reset("2s", "0", tokens: "9s", "0") == .seconds(9))
    #expect(reset("2s", "5", tokens: "9s", "7") == nil)
    #expect(reset(nil) == nil)
  }
}
