import Wire

/// One request as it arrived, whole.
struct MockRequest {
  var method: String
  /// As sent, with its query.
  var target: String
  var body: [UInt8]
  var facts: RequestFacts

  var path: String { String(target.prefix { $0 != "?" }) }
}

/// Chooses the reply to a request: a pure function of the request, its scenario, its place among the attempts and the
/// time.
struct ReplyPlanner {
  let request: MockRequest
  let scenario: Scenario
  let place: AttemptPlace
  /// CLOCK_MONOTONIC in nanoseconds, for `timestamps`.
  let now: UInt64
  let epochSeconds: Int

  /// Headers that a real upstream sends on every answer; some must reach the client and some must not.
  private static let ambient: [(name: String, value: String)] = [
    ("openai-processing-ms", "7"), ("openai-version", "2020-10-01"), ("x-ratelimit-limit-requests", "1000"),
    ("x-ratelimit-remaining-requests", "999"), ("x-ratelimit-reset-requests", "120ms"),
    ("set-cookie", "__cf=mock; path=/"), ("alt-svc", "h3=\":443\""),
  ]

  func reply() -> Reply {
    var reply = absence ?? failure ?? success
    reply.wait = scenario.slowHead
    reply.headers += Self.ambient.filter { field in !reply.headers.contains { $0.name == field.name } }
    reply.headers.append((name: "x-request-id", value: "req_upstream_\(request.facts.idTail)"))
    if scenario.headBytes > 0 {
      reply.headers.append((name: "x-padding", value: String(repeating: "p", count: scenario.headBytes)))
    }
    return scenario.gzip ? gzipped(reply) : reply
  }

  // MARK: - Failures

  /// Of an API that this upstream does not have; in the words of a common web framework.
  private var absence: Reply? {
    Endpoint.absence(method: request.method, path: request.path).map { status in
      .json(#"{"detail":"\#(status == 405 ? "Method Not Allowed" : "Not Found")"}"#, status: status)
    }
  }

  private var failure: Reply? {
    if scenario.silent { return Reply(body: .nothing(.hang)) }
    if let bad = scenario.badKeys.first(where: { $0.key == request.facts.key }) {
      return bad.status.map { error($0) } ?? brokeAnswer
    }
    if scenario.quota { return brokeAnswer }
    if let fail = scenario.fail, fail != .breakOff, failsNow { return early(fail) }
    if let status = scenario.status, status != 200 || scenario.htmlError || scenario.errorCode != nil {
      return error(status)
    }
    return nil
  }

  private var failsNow: Bool { scenario.window?.contains(place.age) ?? (place.number <= scenario.times) }

  private func error(_ status: Int) -> Reply {
    ErrorAnswer.reply(status: status, scenario: scenario, epochSeconds: epochSeconds)
  }

  private var brokeAnswer: Reply {
    var broke = scenario
    broke.errorCode = "insufficient_quota"
    broke.errorType = "insufficient_quota"
    return ErrorAnswer.reply(status: 429, scenario: broke, epochSeconds: epochSeconds)
  }

  private func early(_ fail: Scenario.EarlyFailure) -> Reply {
    switch fail {
    case .status(let status): return error(status)
    case .reset: return Reply(body: .nothing(.reset))
    case .close: return Reply(body: .nothing(.close))
    case .silent: return Reply(body: .nothing(.hang))
    case .breakOff: return generated(scenario)
    case .firstEventError:
      var failing = scenario
      failing.errorAt = 0
      return generated(failing)
    case .headReset:
      var failing = scenario
      failing.breakOff = Scenario.BreakOff(after: 0, way: .reset)
      return generated(failing)
    }
  }

  // MARK: - Answers

  private var success: Reply {
    let facts = request.facts
    switch Endpoint(method: request.method, path: request.path) {
    case .chat, .responses, .completions: return generated(scenario)
    case .embeddings: return .json(PlainAnswers.embeddings(facts))
    case .moderations: return .json(PlainAnswers.moderations(facts))
    case .models: return .json(PlainAnswers.models)
    case .model(let id): return .json(PlainAnswers.model(id))
    case .speech: return .binary(scenario.bytes, type: "audio/mpeg")
    case .transcription: return .json(PlainAnswers.transcription(facts))
    case .images: return .json(PlainAnswers.images)
    case .fileUpload: return .json(PlainAnswers.file(id: "file-mock", facts: facts))
    case .fileList: return .json(#"{"object":"list","data":[\#(PlainAnswers.file(id: "file-mock", facts: facts))]}"#)
    case .file(let id):
      return .json(
        request.method == "DELETE"
          ? PlainAnswers.deleted(id: id, object: "file") : PlainAnswers.file(id: id, facts: facts))
    case .fileContent:
      let disposition = ("content-disposition", "attachment; filename=\"mock.bin\"")
      return .binary(scenario.bytes, type: "application/octet-stream", extra: [disposition])
    case .response(let id):
      return .json(
        request.method == "DELETE" ? PlainAnswers.deleted(id: id, object: "response") : responseObject(id: id))
    case .responseCancel(let id): return .json(responseObject(id: id))
    case .responseItems(let id): return .json(PlainAnswers.responseItems(id: id))
    case .other:
      return .json(PlainAnswers.echo(method: request.method, target: request.target, body: request.body))
    }
  }

  private func generated(_ own: Scenario) -> Reply {
    let facts = request.facts
    var scenario = own
    if scenario.fail == .breakOff, !failsNow { scenario.breakOff = nil }
    switch Endpoint(method: request.method, path: request.path) {
    case .responses:
      let answer = ResponsesAnswer(scenario: scenario, facts: facts)
      if facts.isBackground, !facts.stream { return object(scenario, answer.unfinished("queued")) }
      return facts.stream ? stream(scenario, answer) : object(scenario, answer.object(now: now))
    case .completions:
      let answer = CompletionAnswer(scenario: scenario, facts: facts)
      return facts.stream ? stream(scenario, answer) : object(scenario, answer.object(now: now))
    case .chat, .embeddings, .moderations, .models, .model, .speech, .transcription, .images, .fileUpload, .fileList,
      .file, .fileContent, .response, .responseCancel, .responseItems, .other:
      let answer = ChatAnswer(scenario: scenario, facts: facts)
      return facts.stream ? stream(scenario, answer) : object(scenario, answer.object(now: now))
    }
  }

  private func responseObject(id: String) -> String {
    var facts = request.facts
    facts.model = id
    return ResponsesAnswer(scenario: scenario, facts: facts).object(now: now)
  }

  // MARK: - Framing

  private func stream(_ scenario: Scenario, _ source: some EventSource) -> Reply {
    let script = StreamScript(scenario: scenario, source: source)
    let type = scenario.contentType ?? "text/event-stream; charset=utf-8"
    return Reply(
      headers: [("content-type", type), ("cache-control", "no-cache")],
      body: .stream(script, length: scenario.sized ? wholeLength(scenario, source) : nil))
  }

  /// What the stream would have for a length if nothing broke it off.
  private func wholeLength(_ scenario: Scenario, _ source: some EventSource) -> Int {
    var whole = scenario
    whole.breakOff = nil
    return rendered(StreamScript(scenario: whole, source: source)).count
  }

  private func rendered(_ script: StreamScript) -> [UInt8] {
    var script = script
    var bytes: [UInt8] = []
    while let step = script.next(now: now), !step.isLast {
      if case .send(let piece) = step { bytes += piece }
    }
    return bytes
  }

  private func object(_ scenario: Scenario, _ text: String) -> Reply {
    let whole = Array((scenario.garbage ? Noise.line(0) : text).utf8)
    var reply = Reply(headers: [("content-type", scenario.contentType ?? "application/json")], body: .bytes(whole))
    let breakOff = scenario.shortBody ? Scenario.BreakOff(after: 1, way: .close) : scenario.breakOff
    guard breakOff != nil || scenario.chunked else { return reply }
    let part = breakOff.map { Array(whole.prefix($0.after == 0 ? 0 : whole.count / 2)) } ?? whole
    // A clean end after a part means that its framing calls it whole.
    let declared = breakOff?.way == .cut ? part.count : whole.count
    reply.body = .broken(part, declared: scenario.chunked ? nil : declared, breakOff?.way.lastStep ?? .end)
    return reply
  }

  /// Compresses the whole body. A stream is rendered first and goes out as one write.
  private func gzipped(_ reply: Reply) -> Reply {
    let plain: [UInt8]
    switch reply.body {
    case .bytes(let bytes): plain = bytes
    case .stream(let script, _): plain = rendered(script)
    case .broken, .nothing: return reply
    }
    guard let compressed = Gzip.compress(plain, level: 6) else { return reply }
    var packed = reply
    packed.headers.append((name: "content-encoding", value: "gzip"))
    packed.body = .bytes(compressed)
    return packed
  }
}
