import Policy
import Testing

struct DurationTextTests {
  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
    ("1.5s", .milliseconds(1500)), ("0.5m", .seconds(30)), ("0s", .zero), ("7us", .microseconds(7)),
    ("3ns", .nanoseconds(3)),
    ("0.000000001s", .nanoseconds(1)), ("007s", .seconds(7)), ("2562047h", .seconds(2_562_047 * 3600)),
  ])
  func `durations are read`(text: String, duration: Duration) {
    #expect(DurationText.parse(text) == duration)
  }

  @Test(arguments: [
    "", "10", "s", "10 s", " 10s", "10s ", "-1s", "+1s", "1e3s", "1,5s", ".5s", "1.s", "1.2.3s", "10S", "10sec", "1d",
    "0.5ns", "0.0000000001h", "9999999999h", "99999999999999999999s", "１s",
  ])
  func `anything else is refused`(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(arguments: [
    (Duration.zero, "0s"), (.milliseconds(500), "500ms"), (.seconds(90), "90s"), (.seconds(120), "2m"),
    (.seconds(7200), "2h"), (.milliseconds(1500), "1500ms"), (.microseconds(1), "1us"), (.nanoseconds(1), "1ns"),
    (.seconds(-5), "0s"), (Duration(secondsComponent: 0, attosecondsComponent: 5), "0s"),
  ])
  func `durations are written in the largest whole unit`(duration: Duration, text: String) {
    #expect(DurationText.format(duration) == text)
  }

  @Test func `what is written is read back`() {
    var random = SplitMix64(seed: 11)
    for shift in 0..<63 {
      let duration = Duration.nanoseconds(Int64(random.next() >> 1) >> Int64(shift))
      #expect(DurationText.parse(DurationText.format(duration)) == duration)
    }
    #expect(DurationText.parse(DurationText.format(.seconds(Int64.max))) == .nanoseconds(Int64.max))
  }
}

struct SizeTextTests {
  @Test(arguments: [
    ("0B", 0), ("512B", 512), ("64KiB", 65_536), ("32MiB", 33_554_432), ("1GiB", 1_073_741_824), ("1.5KiB", 1536),
    ("10MB", 10_000_000), ("1KB", 1000), ("1kB", 1000), ("2GB", 2_000_000_000),
  ])
  func `sizes are read`(text: String, bytes: Int) {
    #expect(SizeText.parse(text) == bytes)
  }

  @Test(arguments: ["", "10", "B", "1.5B", "-1B", "1 KiB", "1kib", "1TiB", "99999999999GiB", "0.3KiB", "1K"])
  func `anything else is refused`(text: String) {
    #expect(SizeText.parse(text) == nil)
  }

  @Test(arguments: [
    (0, "0B"), (-1, "0B"), (1000, "1000B"), (1024, "1KiB"), (33_554_432, "32MiB"), (1 << 40, "1024GiB"),
  ])
  func `sizes are written in the largest whole unit`(bytes: Int, text: String) {
    #expect(SizeText.format(bytes) == text)
  }

  @Test(arguments: [1, 1023, 1024, 1536, 1 << 20, (1 << 20) + 1, 1 << 62, .max])
  func `what is written is read back`(bytes: Int) {
    #expect(SizeText.parse(SizeText.format(bytes)) == bytes)
  }
}
