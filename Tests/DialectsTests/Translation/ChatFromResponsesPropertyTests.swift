import Policy
import Testing
import Wire

@testable import Dialects

/// Answers made up by chance, and bytes that are none.
@Suite struct ChatFromResponsesPropertyTests {
  private static let identity = ChatFromResponsesFixtureTests.identity

  private static let habits: [ResponsesScript.Habits] = [
    .init(), .init(omitsDeltas: true), .init(omitsParts: true), .init(omitsAdded: true),
    .init(omitsDeltas: true, omitsAdded: true, omitsParts: true), .init(silentFrom: 1), .init(silentFrom: 0),
  ]

  @Test(arguments: 0..<24) func `a stream says what the whole answer says, whatever the server's habits`(
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    for round in 0..<2 {
      let script = ResponsesScript(random: &random)
      let expected = try Self.whole(script.response(script.terminal))
      for (number, habits) in Self.habits.enumerated() {
        let events = EventStream.responses(script.events(habits, random: &random)).flatMap { $0 }
        if number == 0 { #expect(ResponsesOrder.violations(events) == []) }
        let stream = ChatFromResponsesFixtureTests.translate(events, "usage")
        let order = ChatOrder.violations(stream)
        #expect(order == [], "round \(round), habits \(number)")
        var aggregate = ChatAggregate(.chat)
        aggregate.observe(stream)
        let answer = try JSONTree.parse(aggregate.answer(fallback: Self.identity).span).text
        #expect(answer == expected, "round \(round), habits \(number)")
      }
    }
  }

  @Test(arguments: 0..<6) func `a stream that is left anywhere ends well, however it ends`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let script = ResponsesScript(random: &random)
    let events = EventStream.responses(script.events(random: &random))
    for count in 0...events.count {
      let begun = Array(events.prefix(count).joined())
      for end in ["", "stopped", "cancelled", "stopped usage", "functions"] {
        #expect(ChatOrder.violations(ChatFromResponsesFixtureTests.translate(begun, end)) == [])
      }
      let failed = EventStream.events(ChatFromResponsesFixtureTests.translate(begun, "failed"))
      #expect(failed.suffix(2).map(\.text).first?.contains("It broke.") == true)
      #expect(failed.last?.text == "[DONE]")
      #expect(!failed.contains { $0.json?["choices"]?[0]?["finish_reason"]?.stringValue != nil })
    }
  }

  @Test func `the recorded stream, which has everything, says what its response says`() throws {
    let stream = ChatFromResponsesFixtureTests.translate(Array(RecordedResponses.blocks.joined()), "usage")
    #expect(ChatOrder.violations(stream) == [])
    var aggregate = ChatAggregate(.chat)
    aggregate.observe(stream)
    let last = try #require(RecordedResponses.events.last)
    let answer = try JSONTree.parse(aggregate.answer(fallback: Self.identity).span).text
    #expect(try answer == Self.whole(String(last.members.dropFirst(#""response":"#.count))))
  }

  /// The translation of a whole response.
  private static func whole(_ response: String) throws -> String {
    var translator = ChatFromResponses(identity)
    let isAnswer = translator.takeWhole(Array(response.utf8))
    try #require(isAnswer)
    return try JSONTree.parse(translator.answer().span).text
  }

  @Test func `nothing is kept of a stream, however long`() {
    var translator = ChatFromResponses(Self.identity)
    var stream: [UInt8] = []
    let text = String(repeating: "x", count: 1000)
    for index in 0..<500 {
      let place = "\"output_index\":\(index),\"content_index\":0"
      translator.take(
        EventStream.responses([("response.output_text.delta", "\(place),\"delta\":\"\(text)\"")])[0], into: &stream)
      #expect(translator.heldBytes < 8192)
    }
    #expect(stream.count > 500_000)
  }

  // MARK: - Hostile bytes

  @Test(arguments: 0..<16) func `damaged events neither trap nor make damaged chunks`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let blocks = RecordedResponses.blocks
    for _ in 0..<8 {
      var bytes = Array(blocks.joined())
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: "\n".utf8, at: place)
        default: bytes.insert(contentsOf: Array(#"{"[]}\u,:0"#.utf8).shuffled(using: &random), at: place)
        }
      }
      let stream = ChatFromResponsesFixtureTests.translate(bytes, "usage")
      #expect(ChatOrder.violations(stream) == [])
      var translator = ChatFromResponses(Self.identity)
      if translator.takeWhole(bytes) { _ = translator.answer() }
    }
  }

  @Test(arguments: [
    #"{"type":"response.output_text.delta","output_index":9223372036854775807,"delta":"x"}"#,
    #"{"type":"response.output_text.delta","output_index":0,"content_index":9223372036854775807,"delta":"x"}"#,
    #"{"type":"response.output_text.delta","output_index":-1,"content_index":-9223372036854775808,"delta":"x"}"#,
    #"{"type":"response.output_text.delta","output_index":1e300,"content_index":"a","delta":"x"}"#,
    #"{"type":"response.output_text.delta","delta":"x"}"#,
    #"{"type":"response.created","response":{"created_at":1e400,"delta":"x","model":7}}"#,
    #"{"type":"response.created","response":[]}"#,
    #"{"type":"response.completed","response":{"usage":{"input_tokens":9223372036854775807,"output_tokens":1}}}"#,
    #"{"type":"response.completed","response":{"output":{"a":1},"incomplete_details":3}}"#,
    #"{"type":"response.completed"}"#,
    #"{"type":"response.incomplete","response":{"output":[1,null,[],"x"]}}"#,
    #"{"type":"response.output_item.added","item":{"type":"function_call","call_id":7,"name":[]}}"#,
    #"{"type":"response.output_item.done","item":7}"#,
    #"{"type":"response.content_part.done","part":7}"#,
    #"{"type":"response.output_text.annotation.added","annotation":7}"#,
    #"{"type":"response.function_call_arguments.delta","delta":{}}"#,
    #"{"type":7}"#, "[]", "7", "", "[DONE]", "{",
  ]) func `odd values do no harm`(event: String) {
    let stream = ChatFromResponsesFixtureTests.translate(Array("data: \(event)\n\n".utf8), "usage")
    #expect(ChatOrder.violations(stream) == [])
    let twice = "data: \(event)\n\ndata: \(event)\n\n"
    #expect(ChatOrder.violations(ChatFromResponsesFixtureTests.translate(Array(twice.utf8), "functions")) == [])
  }
}

extension ChatAggregate {
  /// Takes in all events of `stream`.
  mutating func observe(_ stream: [UInt8]) {
    var scanner = SSEScanner()
    while let block = scanner.next(in: stream.span) { observe(block, in: stream.span) }
  }
}
