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

/// Chooses the reply to a request: a pure function of the request, its scenario, the attempt's number and the time.
struct ReplyPlanner {
  let request: MockRequest
  let scenario: Scenario
  /// 1 for the first request of this model name.
  let attempt: Int
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
    var reply = failure ?? success
    reply.wait = scenario.slowHead
    reply.headers += Self.ambient
    reply.headers.append((name: "x-request-id", value: "req_upstream_\(request.facts.idTail)"))
    return scenario.gzip ? gzipped(reply) : reply
  }

  // MARK: - Failures

  private var failure: Reply? {
    if scenario.silent { return Reply(body: .nothing(.hang)) }
    if scenario.quota {
      var broke = scenario
      broke.errorCode = "insufficient_quota"
      broke.errorType = "insufficient_quota"
      return ErrorAnswer.reply(status: 429, scenario: broke, epochSeconds: epochSeconds)
    }
    if let fail = scenario.fail, attempt <= scenario.times { return early(fail) }
    if let status = scenario.status, status != 200 || scenario.htmlError {
      return ErrorAnswer.reply(status: status, scenario: scenario, epochSeconds: epochSeconds)
    }
    return nil
  }

  private func early(_ fail: Scenario.EarlyFailure) -> Reply {
    switch fail {
    case .status(let status):
      return ErrorAnswer.reply(status: status, scenario: scenario, epochSeconds: epochSeconds)
    case .reset: return Reply(body: .nothing(.reset))
    case .close: return Reply(body: .nothing(.close))
    case .silent: return Reply(body: .nothing(.hang))
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

  private func generated(_ scenario: Scenario) -> Reply {
    let facts = request.facts
    switch Endpoint(method: request.method, path: request.path) {
    case .responses:
      let answer = ResponsesAnswer(scenario: scenario, facts: facts)
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

  private func stream(_ scenario: Scenario, _ source: some EventSource) -> Reply {
    Reply(
      headers: [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")],
      body: .stream(StreamScript(scenario: scenario, source: source)))
  }

  private func object(_ scenario: Scenario, _ text: String) -> Reply {
    var reply = Reply.json(text)
    if scenario.shortBody {
      let bytes = Array(text.utf8)
      reply.body = .short(Array(bytes.prefix(bytes.count / 2)), declared: bytes.count)
    }
    return reply
  }

  private func responseObject(id: String) -> String {
    var facts = request.facts
    facts.model = id
    return ResponsesAnswer(scenario: scenario, facts: facts).object(now: now)
  }

  /// Compresses the whole body. A stream is rendered first and goes out as one write.
  private func gzipped(_ reply: Reply) -> Reply {
    let plain: [UInt8]
    switch reply.body {
    case .bytes(let bytes): plain = bytes
    case .stream(var script):
      var bytes: [UInt8] = []
      while let step = script.next(now: now) {
        if case .send(let piece) = step { bytes += piece }
        if step.isLast { break }
      }
      plain = bytes
    case .short, .nothing: return reply
    }
    guard let compressed = Gzip.compress(plain, level: 6) else { return reply }
    var packed = reply
    packed.headers.append((name: "content-encoding", value: "gzip"))
    packed.body = .bytes(compressed)
    return packed
  }
}
