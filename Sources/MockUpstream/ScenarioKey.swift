/// One key of the scenario language: how it is written, what it does, and which field of `Scenario` it sets.
///
/// The tables are the only list of keys: the parser reads them and the help text prints them.
struct ScenarioKey: Sendable {
  let name: String
  /// The value's form in the help text; nil: the key is a flag.
  let value: String?
  let help: String
  let apply: @Sendable (inout Scenario, String) -> Bool

  /// Every key, in the order of the help text.
  static let groups: [(title: String, keys: [ScenarioKey])] = [
    ("Pace", pace), ("Content", content), ("Framing", framing), ("Failures before the answer", early),
    ("Failures inside the answer", late),
  ]

  static let byName: [String: ScenarioKey] = Dictionary(
    uniqueKeysWithValues: groups.flatMap(\.keys).map { ($0.name, $0) })

  private static let pace: [ScenarioKey] = [
    count("events", \.events, "content events of the answer (5)"),
    count("size", \.size, "bytes of text in a content event (12)"),
    time("pace", \.pace, "wait before every event but the first"),
    time("slow-head", \.slowHead, "wait before the response head"),
    time("slow-first", \.slowFirst, "wait between the head and the first event"),
    flag("gate", \.gate, "every event but the first waits for POST /_mock/gate?run=TEXT&n=N (of this `run`)"),
    time("keepalive", \.keepAlive, "a comment at this interval while the stream waits or is silent"),
    ScenarioKey(name: "run", value: "TEXT", help: "anything; makes the name, and so its count of attempts, unique") {
      $0.run = $1
      return !$1.isEmpty
    },
  ]

  private static let content: [ScenarioKey] = [
    flag("converse", \.converse, "the answer fits the conversation, and responses are stored; see below"),
    count("tools", \.tools, "tool calls instead of text"),
    flag("commentary", \.commentary, "text before the tool calls"),
    count("choices", \.choices, "choices of a chat answer, interleaved (1)"),
    flag("reasoning", \.reasoning, "reasoning before the text"),
    flag("refusal", \.refusal, "a refusal instead of text"),
    flag("json", \.json, #"the text is {"name":"Ada","age":36}"#),
    ScenarioKey(name: "text", value: "TEXT", help: "the text, percent-encoded, in pieces of `size`") {
      $0.text = percentDecoded($1)
      return $0.text != nil
    },
    flag("unicode", \.unicode, "text of two-, three- and four-byte characters"),
    flag("echo", \.echo, "the text is that of the last user message"),
    flag("timestamps", \.timestamps, "every content event is `number:nanoseconds `, the time of its write"),
    ScenarioKey(name: "finish", value: "stop|length|tool_calls|content_filter", help: "why generation ended") {
      $0.finish = Scenario.Finish(rawValue: $1)
      return $0.finish != nil
    },
    flag("usage", \.usage, "streams usage without being asked"),
    count("big-event", \.bigEvent, "one more content event, of this many bytes"),
    count("bytes", \.bytes, "size of binary answers: speech, file content (1024)"),
  ]

  private static let framing: [ScenarioKey] = [
    flag("comments", \.comments, "a comment before every event"),
    ScenarioKey(name: "crlf", value: nil, help: "lines end with CR LF") { scenario, _ in
      scenario.lineEnd = .crlf
      return true
    },
    ScenarioKey(name: "cr", value: nil, help: "lines end with CR") { scenario, _ in
      scenario.lineEnd = .cr
      return true
    },
    flag("no-space", \.noSpace, "no space after `data:`"),
    flag("bom", \.byteOrderMark, "the stream begins with a byte order mark"),
    count("split", \.split, "bytes per write"),
    optionalCount("split-at", \.splitAt, "a write ends at this byte of the body"),
    time("split-gap", \.splitGap, "wait between such writes"),
    flag("no-done", \.noDone, "no `[DONE]`"),
    flag("no-finish", \.noFinish, "no finish reason, no terminal event"),
    flag("no-blank", \.noBlank, "the last event lacks its empty line"),
    flag("linger", \.linger, "the body does not end after `[DONE]`"),
    flag("gzip", \.gzip, "the body is gzip-compressed"),
    flag("chunked", \.chunked, "a blocking answer comes chunked, not with its length"),
    flag("sized", \.sized, "a stream comes with its length, not chunked"),
    text("content-type", \.contentType, "instead of the one that belongs to the answer"),
    count("head-bytes", \.headBytes, "one more header field, of this many bytes"),
  ]

  private static let early: [ScenarioKey] = [
    ScenarioKey(
      name: "fail", value: "STATUS|reset|close|silent|first-event-error|head-reset|break",
      help: "the first `times` attempts fail so, or those within `from` and `for`", apply: applyFail),
    count("times", \.times, "attempts that fail (1)"),
    window("from", \.from, "attempts fail from this time after the first one on"),
    window("for", \.length, "attempts fail for so long"),
    ScenarioKey(name: "bad-key", value: "KEY:STATUS|quota", help: "requests with this bearer key fail; repeatable") {
      $0.addBadKey($1)
    },
    optionalCount("status", \.status, "every attempt is answered with this status"),
    text("error-code", \.errorCode, "`code` of the error; with `status=200` an error body under 200"),
    text("error-type", \.errorType, "`type` of the error"),
    flag("html-error", \.htmlError, "the error is an HTML page"),
    flag("quota", \.quota, "429 insufficient_quota, always"),
    text("retry-after", \.retryAfter, "header on failures, in seconds"),
    text("retry-after-ms", \.retryAfterMs, "header on failures, in milliseconds"),
    optionalCount("retry-after-date", \.retryAfterDate, "`retry-after` as a date so many seconds ahead"),
    text("ratelimit-reset", \.rateLimitReset, "`x-ratelimit-reset-requests` on failures, with none remaining"),
    text("should-retry", \.shouldRetry, "`x-should-retry` on failures"),
    flag("silent", \.silent, "not a byte, the connection stays open"),
  ]

  private static let late: [ScenarioKey] = [
    breakOff("reset-after", .reset, "RST after so many events"),
    breakOff("close-after", .close, "connection closed inside the body after so many events"),
    breakOff("cut-after", .cut, "clean end of the body after so many events, nothing terminal"),
    breakOff("silent-after", .silent, "nothing more after so many events"),
    flag("half-event", \.halfEvent, "half of the next event before the break"),
    optionalCount("malformed-at", \.malformedAt, "the event of this number (from 0) is not JSON"),
    optionalCount("garbage-at", \.garbageAt, "in place of the event of this number comes a line that is no event"),
    flag("garbage", \.garbage, "the whole body is neither events nor JSON"),
    optionalCount("error-in-band-at", \.errorAt, "the event of this number is an error, and the last"),
    ScenarioKey(name: "error-form", value: "nested|event|string|chunk|bare", help: "how that error is written") {
      $0.errorForm = Scenario.ErrorForm(rawValue: $1) ?? .nested
      return Scenario.ErrorForm(rawValue: $1) != nil
    },
    ScenarioKey(name: "first-event-error", value: nil, help: "error-in-band-at=0") { scenario, _ in
      scenario.errorAt = 0
      return true
    },
    flag("failed", \.failed, "a responses stream ends with `response.failed`"),
    flag("short-body", \.shortBody, "the body of a blocking answer ends before its Content-Length"),
  ]
}

// MARK: - Kinds of keys

extension ScenarioKey {
  private typealias Field<Value> = any WritableKeyPath<Scenario, Value> & Sendable

  private static func flag(_ name: String, _ field: Field<Bool>, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: nil, help: help) { scenario, _ in
      scenario[keyPath: field] = true
      return true
    }
  }

  private static func count(_ name: String, _ field: Field<Int>, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: "N", help: help) { scenario, value in
      guard let number = number(value) else { return false }
      scenario[keyPath: field] = number
      return true
    }
  }

  private static func optionalCount(_ name: String, _ field: Field<Int?>, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: "N", help: help) { scenario, value in
      scenario[keyPath: field] = number(value)
      return scenario[keyPath: field] != nil
    }
  }

  private static func text(_ name: String, _ field: Field<String?>, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: "TEXT", help: help) { scenario, value in
      scenario[keyPath: field] = value
      return !value.isEmpty
    }
  }

  private static func time(_ name: String, _ field: Field<Duration>, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: "TIME", help: help) { scenario, value in
      guard let duration = duration(value) else { return false }
      scenario[keyPath: field] = duration
      return true
    }
  }

  private static func window(
    _ name: String, _ field: any WritableKeyPath<Scenario.Window, Duration> & Sendable, _ help: String
  ) -> ScenarioKey {
    ScenarioKey(name: name, value: "TIME", help: help) { scenario, value in
      guard let duration = duration(value) else { return false }
      var window = scenario.window ?? Scenario.Window()
      window[keyPath: field] = duration
      scenario.window = window
      return true
    }
  }

  private static func breakOff(_ name: String, _ way: Scenario.BreakOff.Way, _ help: String) -> ScenarioKey {
    ScenarioKey(name: name, value: "N", help: help) { scenario, value in
      guard let after = number(value) else { return false }
      scenario.breakOff = Scenario.BreakOff(after: after, way: way)
      return true
    }
  }

  @Sendable private static func applyFail(_ scenario: inout Scenario, _ value: String) -> Bool {
    let words: [String: Scenario.EarlyFailure] = [
      "reset": .reset, "close": .close, "silent": .silent, "first-event-error": .firstEventError,
      "head-reset": .headReset, "break": .breakOff,
    ]
    let status = number(value).flatMap { (400...599).contains($0) ? Scenario.EarlyFailure.status($0) : nil }
    scenario.fail = words[value] ?? status
    return scenario.fail != nil
  }
}

extension Scenario {
  /// Reads `sk-a:429` or `sk-a:quota`.
  fileprivate mutating func addBadKey(_ value: String) -> Bool {
    guard let colon = value.lastIndex(of: ":"), colon > value.startIndex else { return false }
    let word = value[value.index(after: colon)...]
    let status = number(word)
    guard word == "quota" || status.map({ (400...599).contains($0) }) == true else { return false }
    badKeys.append(BadKey(key: String(value[..<colon]), status: status))
    return true
  }
}
