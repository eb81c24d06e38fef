import Glibc
import Testing

@testable import Wire

@Suite struct HTTPDateTests {
  private static let example = 784_111_777

  private func parse(_ text: String, now: Int? = nil) -> Int? {
    HTTPDate.parse(text.utf8.span, now: now)
  }

  private func format(_ seconds: Int) -> String {
    String(decoding: HTTPDate.format(seconds), as: UTF8.self)
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Sun Nov 06 08:49:37 1994",
  ])
  func theThreeFormsOfOneTime(_ text: String) {
    #expect(parse(text) == Self.example)
  }

  @Test func theFormThatIsSent() {
    #expect(format(Self.example) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(format(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(format(-1) == "Wed, 31 Dec 1969 23:59:59 GMT")
  }

  @Test(arguments: [
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
    (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
  ])
  func leapYearsAndTurns(_ seconds: Int, _ text: String) {
    #expect(format(seconds) == text)
    #expect(parse(text) == seconds)
  }

  @Test func timesBeyondFourDigitYearsAreClamped() {
    #expect(format(Int.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    #expect(format(Int.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
  }

  /// Steps of 37 days and some over the years 0 to 9999, against the C library.
  @Test func allDaysAgreeWithTheCLibrary() {
    let range = -62_167_219_200...253_402_300_799
    for seconds in stride(from: range.lowerBound, through: range.upperBound, by: 3_199_877) {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      let date = CivilDate(daysSinceEpoch: CivilDate.floorDivide(seconds, by: 86_400))
      let expected = CivilDate(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
      guard date == expected, parse(format(seconds)) == seconds, format(seconds).hasPrefix(weekday(parts)) else {
        Issue.record("\(seconds): \(format(seconds))")
        return
      }
    }
  }

  private func weekday(_ parts: tm) -> String {
    ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
  }

  @Test func aTwoDigitYearIsAtMostFiftyYearsAhead() {
    let now = 1_795_000_000  // in 2026
    #expect(parse("Friday, 01-Jan-76 00:00:00 GMT", now: now) == parse("Wed, 01 Jan 2076 00:00:00 GMT"))
    #expect(parse("Saturday, 01-Jan-77 00:00:00 GMT", now: now) == parse("Sat, 01 Jan 1977 00:00:00 GMT"))
    #expect(parse("Monday, 01-Jan-70 00:00:00 GMT") == 0)
    #expect(parse("Monday, 01-Jan-69 00:00:00 GMT") == parse("Tue, 01 Jan 2069 00:00:00 GMT"))
    #expect(parse("Monday, 01-Jan-69 00:00:00 GMT", now: Int.max) != nil)
    #expect(parse("Monday, 01-Jan-69 00:00:00 GMT", now: Int.min) != nil)
  }

  @Test func aLeapSecondIsTheNextMinute() {
    #expect(parse("Sat, 31 Dec 2016 23:59:60 GMT") == parse("Sun, 01 Jan 2017 00:00:00 GMT"))
  }

  @Test(arguments: [
    "", "Sun", "Sun,", "Sunday", "0", "120", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
    " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 30 Feb 2024 00:00:00 GMT", "Sun, 29 Feb 2023 00:00:00 GMT", "Sun, 29 Feb 2100 00:00:00 GMT",
    "Sun, 31 Apr 2024 00:00:00 GMT", "Sun, 00 Nov 1994 00:00:00 GMT", "Sun, 32 Jan 1994 00:00:00 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:00:61 GMT",
    "Sun, 06 Nov 1994 0a:00:00 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 94", "Sun Nov  6 08:49:37 1994 GMT",
    "Sun, dd Nov yyyy hh:mm:ss GMT",
    "1994-11-06T08:49:37Z",
  ])
  func anythingElseIsNoDate(_ text: String) {
    #expect(parse(text) == nil)
  }
}
