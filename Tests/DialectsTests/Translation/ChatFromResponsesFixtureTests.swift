import Policy
import Testing
import Wire

@testable import Dialects

/// The golden fixtures of chat completions over an upstream that has only responses, both ways.
@Suite struct ChatFromResponsesFixtureTests {
  static let identity = StreamIdentity(id: "chatcmpl-1", model: "alias", created: 7)

  @Test(arguments: ChatFixture.all("requests.txt")) func request(fixture: ChatFixture) throws {
    let isStream = fixture.text("stream") != nil
    do {
      let body = try ResponsesRequestBody(chat: fixture.json("chat"), model: "up", stream: isStream).body
      #expect(try JSONTree.parse(body.span).text == fixture.json("responses").text)
    } catch let failure as Failure {
      #expect("\(failure.code.rawValue) \(failure.param ?? "")" == fixture.text("refused"))
      #expect(failure.status == 400 && failure.message.contains(failure.param ?? "?"))
    }
  }

  @Test(arguments: ChatFixture.all("streams.txt")) func stream(fixture: ChatFixture) throws {
    let options = fixture.text("options") ?? ""
    let events = EventStream.chunks(fixture.lines("events")).flatMap { $0 }
    let stream = Self.translate(events, options)
    #expect(try EventStream.events(stream).map(Self.line) == fixture.lines("chunks").map(Self.sorted))
    if !options.contains("failed") { #expect(ChatOrder.violations(stream) == []) }
    // Events whose JSON goes over several lines say the same.
    let broken = fixture.lines("events").map { line in
      "data: " + line.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",\ndata: ") + "\n\n"
    }
    if !events.contains(UInt8(ascii: "\\")), !fixture.lines("events").joined().contains(", ") {
      #expect(Self.translate(Array(broken.joined().utf8), options) == stream)
    }
  }

  @Test(arguments: ChatFixture.all("answers.txt")) func answer(fixture: ChatFixture) throws {
    let body = Array(try #require(fixture.text("response")).utf8)
    let usesFunctions = fixture.text("options") == "functions"
    var translator = ChatFromResponses(Self.identity, usesFunctions: usesFunctions)
    let isAnswer = translator.takeWhole(body)
    #expect(isAnswer == (fixture.text("chat") != nil))
    let failure = ResponseFailure.read(body)
    #expect(
      failure.map { "\($0.status) \($0.error.code ?? "") \($0.error.message)" } == fixture.text("failure"))
    guard isAnswer else { return }
    #expect(try JSONTree.parse(translator.answer().span).text == fixture.json("chat").text)
    var stream: [UInt8] = []
    translator.end(.complete, now: 0, into: &stream)
    #expect(ChatOrder.violations(stream) == [])
    #expect(try JSONTree.parse(translator.answer().span).text == fixture.json("chat").text)
  }

  @Test func `no file is empty`() {
    #expect(ChatFixture.all("requests.txt").count > 40)
    #expect(ChatFixture.all("streams.txt").count > 20)
    #expect(ChatFixture.all("answers.txt").count > 12)
  }

  /// `events` translated, and ended as `options` says.
  static func translate(_ events: [UInt8], _ options: String) -> [UInt8] {
    var translator = ChatFromResponses(
      identity, includesUsage: options.contains("usage"), usesFunctions: options.contains("functions"))
    var stream: [UInt8] = []
    translator.take(events, into: &stream)
    let error = ErrorBody(message: "It broke.", type: "server_error", code: "upstream_error")
    let end: TranslationEnd =
      options.contains("stopped")
      ? .stopped : options.contains("cancelled") ? .cancelled : options.contains("failed") ? .failed(error) : .complete
    translator.end(end, now: 0, into: &stream)
    translator.end(.complete, now: 0, into: &stream)
    return stream
  }

  /// A chunk as the fixtures spell it.
  private static func line(_ event: StreamEvent) -> String {
    guard let chunk = event.json else { return event.text }
    var members = chunk["choices"]?[0]?.objectValue ?? []
    members.removeAll { $0.name == "index" || ["logprobs", "finish_reason"].contains($0.name) && $0.value == .null }
    members += (chunk.objectValue ?? []).filter { !["id", "object", "created", "model", "choices"].contains($0.name) }
    return JSONTree.object(members).text
  }

  private static func sorted(_ line: String) throws -> String {
    line == "[DONE]" ? line : try JSONTree.parse(Array(line.utf8).span).text
  }
}

extension ChatFromResponses {
  /// Takes all complete blocks of `bytes`.
  mutating func take(_ bytes: [UInt8], into stream: inout [UInt8]) {
    var scanner = SSEScanner()
    while let block = scanner.next(in: bytes.span) { take(block, in: bytes.span, into: &stream) }
  }
}
