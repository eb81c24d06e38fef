import Dialects
import Policy
import Testing
import Upstream
import Wire

@testable import Gateway

struct StreamTapTests {
  private func tap(_ endpoint: Endpoint, choices: Int = 1, includesUsage: Bool = false) -> StreamTap {
    let request = RelayRequest(
      endpoint: endpoint, method: "POST", path: "/v1/x", upstreamTarget: "/x", headers: HeaderLines(),
      credentials: HeaderLines(), body: RequestBody())
    request.model = "asked"
    request.wantsStream = true
    request.choices = choices
    request.includesUsage = includesUsage
    return StreamTap(request)
  }

  private func feed(_ text: String, to tap: StreamTap) {
    let bytes = Array(text.utf8)
    var scanner = SSEScanner()
    while let block = scanner.next(in: bytes.span) { tap.observe(block, in: bytes.span) }
  }

  private func id() throws -> RequestID { try #require(RequestID(accepting: "req-1")) }

  private func stopped(_ tap: StreamTap) throws -> String {
    String(decoding: tap.stopEnding(id: try id(), model: "asked", createdAt: 7), as: UTF8.self)
  }

  private func failed(_ tap: StreamTap) throws -> String {
    let error = ErrorBody(Failure(.upstreamTimeout))
    return String(decoding: tap.failedEnding(error, id: try id(), model: "asked", createdAt: 7), as: UTF8.self)
  }

  private static let chunk = #"data: {"id":"chatcmpl-9","model":"m","created":1,"choices":[{"index":0,"delta":{}}]}"#
  private static let last = #"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#

  // MARK: - Chat

  @Test func `a chat stream goes from its first event to its last`() {
    let tap = tap(.chat(forcesStream: false))
    #expect(tap.events == 0 && !tap.isComplete && tap.answerID == nil)
    feed(": waiting\n\n\(Self.chunk)\n\n", to: tap)
    #expect(tap.events == 1 && tap.answerID == "chatcmpl-9")
    #expect(!tap.isComplete && !tap.state.isTerminal && !tap.state.endsBody)
    feed("\(Self.last)\n\n", to: tap)
    #expect(tap.isComplete && !tap.state.isTerminal && !tap.state.endsBody)
    feed("data: [DONE]\n\n", to: tap)
    #expect(tap.events == 3 && tap.isComplete && tap.state.isTerminal && tap.state.endsBody && !tap.reportsFailure)
  }

  @Test func `a stopped chat stream ends with a reason and DONE, under its own id`() throws {
    let tap = tap(.chat(forcesStream: false), choices: 2)
    feed("\(Self.chunk)\n\n\(Self.last)\n\n", to: tap)
    let ending = try stopped(tap)
    #expect(ending.hasSuffix("data: [DONE]\n\n"))
    #expect(ending.components(of: #""finish_reason":"stop""#) == 1, "choice 0 has ended already")
    #expect(ending.contains(#""id":"chatcmpl-9""#) && ending.contains(#""index":1"#))
  }

  @Test func `a chat stream stopped before its first event is a stream of its own`() throws {
    let ending = try stopped(tap(.chat(forcesStream: true)))
    #expect(ending.contains(#""id":"chatcmpl-req-1""#) && ending.contains(#""model":"asked""#))
    #expect(ending.contains(#""created":7"#) && ending.contains(#""object":"chat.completion.chunk""#))
    #expect(ending.hasSuffix("data: [DONE]\n\n"))
    #expect(try stopped(tap(.completions)).contains(#""object":"text_completion""#))
  }

  @Test func `a stopped stream reports its usage where that was asked for`() throws {
    let asked = tap(.chat(forcesStream: false), includesUsage: true)
    let silent = tap(.chat(forcesStream: false))
    let usage = Self.chunk.dropLast() + #","usage":{"prompt_tokens":3,"completion_tokens":4}}"#
    feed("\(usage)\n\n", to: asked)
    feed("\(usage)\n\n", to: silent)
    #expect(asked.usage?.prompt == 3 && asked.usage?.completion == 4)
    #expect(try stopped(asked).contains(#""usage":{"prompt_tokens":3"#))
    #expect(try !stopped(silent).contains("usage"))
  }

  @Test(arguments: [Endpoint.chat(forcesStream: false), .completions, .embeddings, .relay])
  func `a failed stream ends with an error event and DONE`(endpoint: Endpoint) throws {
    let ending = try failed(tap(endpoint))
    #expect(ending.hasPrefix(#"data: {"error":{"message":"#))
    #expect(ending.contains(#""code":"upstream_timeout""#) && ending.hasSuffix("data: [DONE]\n\n"))
  }

  @Test func `an error inside a chat stream ends it`() {
    let tap = tap(.chat(forcesStream: false))
    feed("data: {\"error\":{\"message\":\"no\",\"code\":\"x\"}}\n\n", to: tap)
    #expect(tap.error?.message == "no" && tap.error?.code == "x")
    #expect(tap.isComplete && tap.state.isTerminal && tap.reportsFailure && !tap.state.endsBody)
  }

  // MARK: - Responses

  private static let created =
    #"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_9","model":"m","created_at":1}}"#

  @Test func `a responses stream is complete with its terminal event`() {
    let tap = tap(.responses)
    feed("event: response.created\n\(Self.created)\n\n", to: tap)
    #expect(tap.events == 1 && tap.answerID == "resp_9" && !tap.isComplete)
    feed(
      #"data: {"type":"response.completed","sequence_number":1,"response":{"id":"resp_9","usage":{"input_tokens":3,"#
        + #""output_tokens":4}}}"# + "\n\n", to: tap)
    #expect(tap.isComplete && tap.state.isTerminal && !tap.state.endsBody && !tap.reportsFailure)
    #expect(tap.usage?.prompt == 3 && tap.usage?.completion == 4)
  }

  @Test func `a responses stream that failed says so`() {
    let failed = tap(.responses)
    feed(
      #"data: {"type":"response.failed","sequence_number":1,"response":{"error":{"code":"x","message":"no"}}}"#
        + "\n\n",
      to: failed)
    #expect(failed.isComplete && failed.state.isTerminal && failed.reportsFailure && failed.error?.message == "no")
    let broken = tap(.responses)
    feed("event: error\ndata: {\"type\":\"error\",\"message\":\"no\"}\n\n", to: broken)
    #expect(broken.isComplete && broken.reportsFailure)
  }

  @Test func `a stopped responses stream ends with response incomplete`() throws {
    let tap = tap(.responses)
    feed("event: response.created\n\(Self.created)\n\n", to: tap)
    let ending = try stopped(tap)
    #expect(ending.contains("event: response.incomplete\n") && ending.contains(#""id":"resp_9""#))
    #expect(ending.contains(#""sequence_number":1"#) && !ending.contains("[DONE]"))
    let early = try stopped(self.tap(.responses))
    #expect(early.hasPrefix("event: response.created\n") && early.contains(#""id":"resp_req-1""#))
  }

  @Test func `a failed responses stream ends with an error and response failed`() throws {
    let tap = tap(.responses)
    feed("event: response.created\n\(Self.created)\n\n", to: tap)
    let ending = try failed(tap)
    #expect(ending.contains("event: error\n") && ending.contains("event: response.failed\n"))
    #expect(ending.contains("upstream_timeout") && ending.contains(#""id":"resp_9""#))
  }

  // MARK: - What a whole stream still owes

  private func missing(_ tap: StreamTap) throws -> String {
    String(decoding: tap.missingEnding(id: try id(), model: "asked", createdAt: 7), as: UTF8.self)
  }

  @Test func `a chat stream owes DONE once every choice has ended, and nothing else`() throws {
    let tap = tap(.chat(forcesStream: false), choices: 2)
    feed("\(Self.last)\n\n", to: tap)
    #expect(try missing(tap) == "")
    feed(#"data: {"choices":[{"index":1,"finish_reason":"length"}]}"# + "\n\n", to: tap)
    #expect(try missing(tap) == "data: [DONE]\n\n")
    let failed = tap
    feed(#"data: {"error":{"message":"no"}}"# + "\n\n", to: failed)
    #expect(try missing(failed) == "")
    feed("data: [DONE]\n\n", to: tap)
    #expect(try missing(tap) == "")
  }

  @Test func `a responses stream owes response failed behind an error of its own`() throws {
    let tap = tap(.responses)
    feed("event: response.created\n\(Self.created)\n\n", to: tap)
    #expect(try missing(tap) == "")
    feed(#"data: {"type":"error","error":{"message":"no","code":"c"}}"# + "\n\n", to: tap)
    let ending = try missing(tap)
    #expect(ending.hasPrefix("event: response.failed\n") && ending.contains(#""code":"c""#))
    feed(#"data: {"type":"response.failed","response":{"id":"resp_9"}}"# + "\n\n", to: tap)
    #expect(try missing(tap) == "")
  }

  @Test func `events that are no JSON are counted where JSON is expected`() {
    let chat = tap(.chat(forcesStream: false))
    feed("data: {\"a\":\n\n\(Self.chunk)\n\n", to: chat)
    #expect(chat.malformedEvents == 1)
    let other = tap(.relay)
    feed("data: {\"a\":\n\n", to: other)
    #expect(other.malformedEvents == 0)
  }

  // MARK: - Other streams

  @Test(arguments: [Endpoint.relay, .embeddings])
  func `a stream of another API is counted and whole whenever it ends`(endpoint: Endpoint) throws {
    let tap = tap(endpoint)
    feed(": comment\n\nevent: x\ndata: 1\n\ndata: {\"error\":\"no\"}\n\ndata: [DONE]\n\n", to: tap)
    #expect(tap.events == 3)
    #expect(tap.isComplete && !tap.state.isTerminal && !tap.state.endsBody && !tap.reportsFailure)
    #expect(tap.answerID == nil && tap.usage == nil && tap.error == nil)
    #expect(try stopped(tap) == "")
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
