import Testing
import Wire

@testable import Dialects

extension ResponsesTap: Tap {}

/// Goal: a responses stream can be ended legally wherever it stands. Method: a stream that has everything is stopped
/// and failed after each of its events, and the whole is held against a strict checker of the order.
@Suite struct ResponsesTapTests {
  static let fallback = StreamIdentity(id: "resp_gateway", model: "alias", created: 1_795_000_001)

  private func tap(after blocks: some Sequence<[UInt8]>) -> ResponsesTap {
    var tap = ResponsesTap()
    for block in blocks { tap.observe(block) }
    return tap
  }

  @Test func theRecordedStreamIsLegal() {
    #expect(ResponsesOrder.violations(Array(RecordedResponses.blocks.joined())) == [])
  }

  @Test func theCheckerNoticesAMissingEvent() {
    let optional = ["response.in_progress", "response.web_search_call", "response.output_text.annotation"]
    for place in RecordedResponses.events.indices {
      var events = RecordedResponses.events
      let removed = events.remove(at: place)
      if optional.contains(where: { removed.type.hasPrefix($0) }) { continue }
      let violations = ResponsesOrder.violations(Array(EventStream.responses(events).joined()))
      #expect(!violations.isEmpty, "\(removed.type)")
    }
  }

  @Test(arguments: 0...RecordedResponses.events.count) func aStopAfterAnyEventEndsLegally(_ count: Int) {
    let seen = RecordedResponses.blocks.prefix(count)
    let ending = tap(after: seen).stopEnding(fallback: Self.fallback)
    #expect(ResponsesOrder.violations(seen.joined() + ending) == [])
    let last = EventStream.events(ending).last?.json
    if count == RecordedResponses.events.count {
      #expect(ending.isEmpty)
    } else {
      #expect(last?["type"]?.stringValue == "response.incomplete")
      #expect(last?["response"]?["incomplete_details"]?["reason"]?.stringValue == "stopped")
    }
  }

  @Test(arguments: 0..<RecordedResponses.events.count) func aFailureAfterAnyEventEndsLegally(_ count: Int) {
    let seen = RecordedResponses.blocks.prefix(count)
    let error = ErrorBody(message: "it \"broke\"", type: "server_error", code: "upstream_disconnected")
    let ending = tap(after: seen).failedEnding(error, fallback: Self.fallback)
    #expect(ResponsesOrder.violations(seen.joined() + ending) == [])
    let events = EventStream.events(ending).suffix(2)
    #expect(events.map(\.name) == ["error", "response.failed"])
    #expect(events.first?.json?["error"]?["code"]?.stringValue == "upstream_disconnected")
    #expect(events.first?.json?["message"]?.stringValue == "it \"broke\"")
    #expect(events.last?.json?["response"]?["error"]?["code"]?.stringValue == "upstream_disconnected")
  }

  @Test func aStopInTheMiddleKeepsWhatTheClientHasSeen() {
    // Up to the second text delta of the message.
    let ending = tap(after: RecordedResponses.blocks.prefix(13)).stopEnding(fallback: Self.fallback)
    let events = EventStream.events(ending)
    #expect(
      events.map(\.name) == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete",
      ])
    #expect(events[0].json?["text"]?.stringValue == "Say \"é\"\n")
    #expect(events[0].json?["sequence_number"]?.intValue == 13)
    let response = events[3].json?["response"]
    #expect(response?["id"]?.stringValue == "resp_1")
    #expect(response?["instructions"]?.stringValue == "say \"hi\"")
    #expect(response?["x_vendor"]?["a"]?[1]?.intValue == 2)
    #expect(response?["usage"] == .null)
    #expect(response?["output"]?[0]?["status"]?.stringValue == "completed")
    #expect(response?["output"]?[1]?["status"]?.stringValue == "incomplete")
    #expect(response?["output"]?[1]?["phase"]?.stringValue == "commentary")
  }

  @Test func charactersThatDeltasSplitAreWholeAgain() {
    let part = #"{"type":"output_text","text":""}"#
    let place = #""item_id":"m","output_index":0,"content_index":0"#
    let blocks = EventStream.responses([
      ("response.created", #""response":{"id":"r","output":[],"status":"in_progress"}"#),
      ("response.output_item.added", #""output_index":0,"item":{"id":"m","type":"message","content":[]}"#),
      ("response.content_part.added", "\(place),\"part\":\(part)"),
      ("response.output_text.delta", place + #","delta":"\ud83d""#),
      ("response.output_text.delta", place + #","delta":"\ude00""#),
    ])
    let ending = tap(after: blocks).stopEnding(fallback: Self.fallback)
    #expect(EventStream.events(ending).first?.json?["text"]?.stringValue == "😀")
  }

  @Test func whatWasAnnouncedWholeStaysWhole() {
    let call =
      #""item":{"id":"f","type":"function_call","status":"in_progress","call_id":"c","name":"g","#
      + #""arguments":"{\"a\":1}"}"#
    let blocks = EventStream.responses([
      ("response.created", #""response":{"id":"r","output":[],"status":"in_progress"}"#),
      ("response.output_item.added", "\"output_index\":0,\(call)"),
    ])
    let events = EventStream.events(tap(after: blocks).stopEnding(fallback: Self.fallback))
    #expect(events.first?.json?["arguments"]?.stringValue == "{\"a\":1}")
    #expect(events.last?.json?["response"]?["output"]?[0]?["arguments"]?.stringValue == "{\"a\":1}")
  }

  @Test func theEndOfTheStreamIsUnderstood() {
    let tap = tap(after: RecordedResponses.blocks)
    #expect(tap.terminal == .completed)
    #expect(tap.isComplete && tap.terminalSeen)
    #expect(tap.id == "resp_1")
    #expect(tap.model == "gpt-x")
    #expect(tap.usage == TokenUsage(prompt: 9, completion: 30, total: 39, cached: 4, reasoning: 12))
    #expect(tap.events == RecordedResponses.events.count)
    #expect(tap.openItems == 0)
    #expect(tap.malformedEvents == 0)
    #expect(tap.failedEnding(ErrorBody(message: "", type: ""), fallback: Self.fallback) == [])
  }

  @Test func anUnseenResponseIsMadeFromTheFallback() {
    let events = EventStream.events(ResponsesTap().stopEnding(fallback: Self.fallback))
    #expect(events.map(\.name) == ["response.created", "response.in_progress", "response.incomplete"])
    for event in events {
      #expect(event.json?["response"]?["id"]?.stringValue == "resp_gateway")
      #expect(event.json?["response"]?["model"]?.stringValue == "alias")
      #expect(event.json?["response"]?["created_at"]?.intValue == 1_795_000_001)
    }
  }

  @Test(arguments: [
    (#"{"type":"error","sequence_number":2,"code":"c","message":"flat","param":null}"#, "flat", "c"),
    (#"{"type":"error","sequence_number":2,"error":{"type":"t","code":429,"message":"nested"}}"#, "nested", "429"),
    (#"{"error":{"message":"untyped","code":"x"}}"#, "untyped", "x"),
  ]) func anErrorEventIsReadAndNotRepeated(_ data: String, _ message: String, _ code: String) {
    let seen = RecordedResponses.blocks.prefix(2) + [Array("event: error\ndata: \(data)\n\n".utf8)]
    let tap = tap(after: seen)
    #expect(tap.error?.message == message)
    #expect(tap.error?.code == code)
    #expect(!tap.isComplete)
    let ending = tap.failedEnding(ErrorBody(message: message, type: "server_error"), fallback: Self.fallback)
    #expect(EventStream.events(ending).map(\.name) == ["response.failed"])
  }

  @Test func theErrorOfAFailedResponseIsRead() {
    let failed = #""response":{"id":"r","status":"failed","error":{"code":"server_error","message":"no"}}"#
    let tap = tap(after: EventStream.responses([("response.failed", failed)]))
    #expect(tap.terminal == .failed)
    #expect(tap.error == PeekedError(message: "no", code: "server_error"))
  }

  @Test func textBeyondTheCapIsLetGo() {
    var tap = tap(after: RecordedResponses.blocks.prefix(11))
    let delta = String(repeating: "x", count: 100_000)
    let place = #""item_id":"msg_1","output_index":1,"content_index":0"#
    let deltas = (0..<11).map { _ in ("response.output_text.delta", place + ",\"delta\":\"\(delta)\"") }
    for block in EventStream.responses(deltas, first: 11) { tap.observe(block) }
    #expect(tap.overflowed)
    #expect(tap.items.isEmpty)
    let events = EventStream.events(tap.stopEnding(fallback: Self.fallback))
    #expect(events.map(\.name) == ["response.incomplete"])
    #expect(events.first?.json?["sequence_number"]?.intValue == 22)
    #expect(events.first?.json?["response"]?["output"]?.arrayValue == [])
    #expect(events.first?.json?["response"]?["id"]?.stringValue == "resp_1")
  }

  @Test func aHugeSnapshotStillGivesItsIdentity() {
    let padding = String(repeating: "x", count: ResponsesTap.snapshotBytesMax)
    let response = "\"response\":{\"id\":\"resp_big\",\"model\":\"m\",\"created_at\":7,\"instructions\":\"\(padding)\"}"
    let tap = tap(after: EventStream.responses([("response.created", response)]))
    let last = EventStream.events(tap.stopEnding(fallback: Self.fallback)).last?.json
    #expect(last?["response"]?["id"]?.stringValue == "resp_big")
    #expect(last?["response"]?["created_at"]?.intValue == 7)
  }

  @Test func damageIsCountedAndSurvived() {
    var tap = ResponsesTap()
    tap.observe(Array("data: not json\n\ndata:\n\ndata: {\"type\":\n\ndata: {\"type\":3}\n\n: c\n\nevent: x\n\n".utf8))
    tap.observe(Array("data: {\"type\":\"response.output_text.delta\",\"output_index\":9,\"delta\":\"x\"}\n\n".utf8))
    tap.observe(Array("data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":7}\n\n".utf8))
    #expect(tap.malformedEvents == 3)
    #expect(tap.events == 6)
    #expect(!EventStream.events(tap.stopEnding(fallback: Self.fallback)).isEmpty)
  }

  @Test func numbersAreCountedWhereTheStreamHasNone() {
    var tap = ResponsesTap()
    tap.observe(Array("data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n".utf8))
    tap.observe(Array("data: {\"type\":\"response.in_progress\",\"response\":{\"id\":\"r\"}}\n\n".utf8))
    let last = EventStream.events(tap.stopEnding(fallback: Self.fallback)).last?.json
    #expect(last?["sequence_number"]?.intValue == 2)
  }

  @Test func aTrailingDoneEndsTheStream() {
    var tap = tap(after: RecordedResponses.blocks.prefix(3))
    tap.observe(Array("data: [DONE]\n\n".utf8))
    #expect(tap.sawDone && tap.terminalSeen && !tap.isComplete)
    #expect(tap.stopEnding(fallback: Self.fallback) == [])
  }
}
