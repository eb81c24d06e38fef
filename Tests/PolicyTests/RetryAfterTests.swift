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
}
