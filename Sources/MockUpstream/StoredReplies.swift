import Wire

/// Answers of the endpoints about stored responses.
struct StoredReplies {
  let memory: ResponseMemory
  let request: MockRequest
  let now: UInt64

  /// The reply, if the path has the id of a response that `converse` stored or could have stored.
  var reply: Reply? {
    let endpoint = Endpoint(method: request.method, path: request.path)
    guard let id = endpoint.id, id.hasPrefix(ResponseMemory.idPrefix) else { return nil }
    guard let stored = memory.find(id, key: request.facts.key) else {
      return Self.error("Response with id '\(id)' not found.", status: 404)
    }
    switch endpoint {
    case .response:
      guard request.method == "GET" else {
        memory.forget(id)
        return .json(PlainAnswers.deleted(id: id, object: "response"))
      }
      return query("stream") == "true" ? stream(stored) : .json(stored.object(now: now))
    case .responseCancel:
      guard stored.facts.isBackground else {
        return Self.error("Cannot cancel a synchronous response.", status: 400)
      }
      return memory.cancel(id, now: now).map { .json($0.object(now: now)) }
    case .responseItems: return .json(items(stored.input))
    case .chat, .responses, .completions, .embeddings, .moderations, .models, .model, .speech, .transcription, .images,
      .fileUpload, .fileList, .file, .fileContent, .other:
      return nil
    }
  }

  static func error(_ message: String, status: Int, code: String? = nil, param: String? = nil) -> Reply {
    .json(
      #"""
      {"error":{"message":\#(quoted(message)),"type":"invalid_request_error",\#
      "param":\#(param.map(quoted) ?? "null"),"code":\#(code.map(quoted) ?? "null")}}
      """#, status: status)
  }

  private func query(_ name: String) -> String? { RequestFacts.query(name, of: request.target) }

  /// The events behind `starting_after`, at their own pace.
  private func stream(_ stored: ResponseMemory.Stored) -> Reply {
    let first = query("starting_after").flatMap(number).map { $0 + 1 } ?? 0
    let script = StreamScript(scenario: stored.scenario, source: Rest(whole: stored.answer, first: first))
    return Reply(headers: [("content-type", "text/event-stream; charset=utf-8")], body: .stream(script, length: nil))
  }

  private func items(_ input: [JSONTree]) -> String {
    var items = query("order") == "asc" ? input : input.reversed()
    if let after = query("after"), let index = items.firstIndex(where: { $0["id"]?.stringValue == after }) {
      items.removeFirst(index + 1)
    }
    let page = items.prefix(query("limit").flatMap(number) ?? 20)
    func id(_ item: JSONTree?) -> String { item?["id"]?.stringValue.map(quoted) ?? "null" }
    let data = page.map { String(decoding: $0.encoded, as: UTF8.self) }.joined(separator: ",")
    return #"""
      {"object":"list","data":[\#(data)],"first_id":\#(id(page.first)),"last_id":\#(id(page.last)),\#
      "has_more":\#(page.count < items.count)}
      """#
  }
}

/// The end of a stream, from one event on.
private struct Rest: EventSource {
  let whole: ResponsesAnswer
  let first: Int

  var count: Int { max(whole.count - first, 0) }
  let endsWithDone = false

  func event(_ index: Int, now: UInt64) -> Event { whole.event(first + index, now: now) }
  func failure(number: Int) -> Event { whole.failure(number: number) }
}
