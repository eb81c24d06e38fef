/// The text of `--help`.
enum Help {
  static var text: String {
    """
    MockUpstream plays an OpenAI upstream. The model name of a request says what happens:
    `mock,events=20,pace=10ms,reset-after=5`. A name that does not begin with `mock` is answered plainly.
    GET requests carry the name in their id (`/v1/files/file-mock,bytes=9/content`) or as `?model=`.

    usage: MockUpstream [--host H] [--port P] [--loops N] [--close]
           MockUpstream --show MODEL      print the steps of a streamed chat answer
           MockUpstream --help

    With --close every connection closes behind its first answer, so that none is reused.

    Times: 250us, 10ms, 2s. "After N events" counts every event, `[DONE]` included.

    \(ScenarioKey.groups.map(section).joined(separator: "\n\n"))

    With `converse` the last question decides: \(Scene.words), the tools on offer, a JSON schema, an image;
    anything else is repeated. Chat and responses get the same answer. Responses are stored, continued by
    `previous_response_id`, read, cancelled and deleted.
    Below a path that begins with /chat-only there are no responses (404; /chat-only-405: 405), below one with
    /responses-only no chat completions.

    What was received: GET /_mock/requests[?run=TEXT][?id=TEXT], GET /_mock/requests/{n}, DELETE /_mock/requests,
    GET /_mock/connections. Times in them are CLOCK_MONOTONIC in nanoseconds.
    A part of the mock that is down: POST /_mock/outage?at=/PREFIX&as=fail=503&for=2s, DELETE.
    """
  }

  private static func section(_ group: (title: String, keys: [ScenarioKey])) -> String {
    let lines = group.keys.map { key in
      let form = key.name + (key.value.map { "=\($0)" } ?? "")
      let column = 24
      let gap = String(repeating: " ", count: form.count < column ? column - form.count : column + 2)
      return form.count < column ? "  \(form)\(gap)\(key.help)" : "  \(form)\n\(gap)\(key.help)"
    }
    return ([group.title] + lines).joined(separator: "\n")
  }

  /// The steps of a streamed chat answer, one per line; at most `stepsMax`.
  static func steps(of model: String) throws(ScenarioFailure) -> String {
    var facts = RequestFacts()
    facts.model = model
    facts.stream = true
    let scenario = try Scenario.parse(model)
    var script = StreamScript(scenario: scenario, source: ChatAnswer(scenario: scenario, facts: facts))
    var lines: [String] = []
    while lines.count < stepsMax, let step = script.next(now: 0) {
      lines.append(line(step))
    }
    return lines.joined(separator: "\n")
  }

  private static let stepsMax = 10_000

  private static func line(_ step: Step) -> String {
    switch step {
    case .send(let bytes): "send \(quoted(String(decoding: bytes, as: UTF8.self)))"
    case .wait(let time): "wait \(time)"
    case .gate: "gate"
    case .end: "end"
    case .close: "close"
    case .reset: "reset"
    case .hang: "hang"
    }
  }
}
