import Telemetry
import Testing

struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (951_868_800_000, "2000-03-01T00:00:00.000Z"), (1_795_000_123_045, "2026-11-18T11:08:43.045Z"),
    (4_107_542_399_000, "2100-02-28T23:59:59.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
  ])
  func `times are RFC 3339 in UTC`(unixMilliseconds: Int64, text: String) {
    var bytes: [UInt8] = []
    Timestamp.append(unixMilliseconds: unixMilliseconds, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}

struct LogLineTests {
  /// The fields of a line, without the fixed beginning.
  private func fields(_ add: (LogLine) -> Void) -> String {
    let line = LogLine()
    line.begin(.info, "m", unixMilliseconds: 0)
    add(line)
    line.end()
    let text = String(decoding: line.bytes, as: UTF8.self)
    let start = "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"message\":\"m\""
    #expect(text.hasPrefix(start) && text.hasSuffix("}\n"))
    return String(text.dropFirst(start.count).dropLast(2))
  }

  @Test func `a line is one JSON object with its fields in order`() {
    let text = fields {
      $0.field("id", "req_1")
      $0.field("status", 200)
      $0.field("streamed", true)
      $0.field("took_ms", .microseconds(1_234_567))
    }
    #expect(text == ",\"id\":\"req_1\",\"status\":200,\"streamed\":true,\"took_ms\":1234.567")
  }

  @Test func `what is not there is left out`() {
    let text = fields {
      $0.field("a", String?.none)
      $0.field("b", Int?.none)
      $0.field("c", Duration?.none)
    }
    #expect(text == "")
  }

  @Test(arguments: [
    ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\r\n\tb", "a\\r\\n\\tb"), ("\u{0}\u{1F}", "\\u0000\\u001f"),
    ("\u{1B}[31m", "\\u001b[31m"), ("\u{7F}\u{9B}", "\\u007f\\u009b"), ("\u{2028}", "\\u2028"), ("über 🙂", "über 🙂"),
    ("/", "/"),
  ])
  func `text cannot break or forge a line`(value: String, written: String) {
    #expect(fields { $0.field("v", value) } == ",\"v\":\"\(written)\"")
  }

  @Test(
    arguments: [
      ([0xFF], "\u{FFFD}"), ([0x61, 0xC3], "a\u{FFFD}"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0xC3, 0xA9], "é"),
      ([], ""),
    ] as [([UInt8], String)])
  func `invalid UTF-8 is replaced`(value: [UInt8], written: String) {
    #expect(fields { $0.field("v", bytes: value.span) } == ",\"v\":\"\(written)\"")
  }

  @Test func `long text is cut at a character`() {
    let most = LogLine.valueBytesMax
    let whole = String(repeating: "x", count: most)
    #expect(fields { $0.field("v", whole) } == ",\"v\":\"\(whole)\"")
    #expect(fields { $0.field("v", whole + "y") } == ",\"v\":\"\(whole)…\"")
    let wide = String(repeating: "x", count: most - 1)
    #expect(fields { $0.field("v", wide + "éé") } == ",\"v\":\"\(wide)…\"")
    let bytes = Array((wide + "é" + whole).utf8)
    #expect(fields { $0.field("v", bytes: bytes.span) } == ",\"v\":\"\(wide)…\"")
  }

  @Test(arguments: [
    (Duration.zero, "0.000"), (.microseconds(5), "0.005"), (.seconds(-1), "-1000.000"), (.nanoseconds(999), "0.000"),
    (.seconds(Int64.max), "9223372036854775807000.000"),
  ])
  func `durations are milliseconds`(duration: Duration, written: String) {
    #expect(fields { $0.field("d_ms", duration) } == ",\"d_ms\":\(written)")
  }

  @Test func `a line can be begun again`() {
    let line = LogLine()
    line.begin(.error, "first", unixMilliseconds: 0)
    line.field("a", 1)
    line.begin(.warning, "second", unixMilliseconds: 0)
    line.end()
    #expect(
      String(decoding: line.bytes, as: UTF8.self)
        == "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"warning\",\"message\":\"second\"}\n")
  }

  @Test func `levels are ordered`() {
    #expect(LogLevel.allCases == LogLevel.allCases.sorted())
    #expect(LogLevel.debug < .info && LogLevel.warning < .error)
  }
}
