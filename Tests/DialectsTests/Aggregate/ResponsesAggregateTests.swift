import Testing
import Wire

@testable import Dialects

extension ResponsesAggregate: Tap {}

/// Goal: a blocking caller gets the response of the stream's terminal event, or one with what there was. Method: the
/// recorded stream with everything, whole and cut after every event.
@Suite struct ResponsesAggregateTests {
  static let fallback = StreamIdentity(id: "resp_gateway", model: "alias", created: 7)

  private func aggregate(_ blocks: some Sequence<[UInt8]>) -> ResponsesAggregate {
    var aggregate = ResponsesAggregate()
    for block in blocks { aggregate.observe(block) }
    return aggregate
  }

  @Test func `the answer is the terminal event's response, byte for byte`() throws {
    let blocks = RecordedResponses.blocks
    let answer = aggregate(blocks).answer(fallback: Self.fallback)
    let last = try #require(blocks.last)
    #expect(last.span.firstIndex(of: answer, in: 0..<last.count) != nil)
    let tree = try JSONTree.parse(answer.span)
    #expect(tree["status"]?.stringValue == "completed" && tree["usage"]?["total_tokens"]?.intValue == 39)
    #expect(tree["output"]?.arrayValue?.count == 7)
  }

  @Test func `an empty output is filled from the items`() throws {
    var blocks = RecordedResponses.blocks.dropLast()
    blocks += EventStream.responses(
      [("response.completed", #""response":{"id":"resp_1","status":"completed","output":[],"usage":null}"#)],
      first: blocks.count)
    let tree = try JSONTree.parse(aggregate(blocks).answer(fallback: Self.fallback).span)
    #expect(tree["output"]?.arrayValue?.count == 7)
    #expect(tree["output"]?[2]?["arguments"]?.stringValue == #"{"q":1}"#)
    #expect(tree["id"]?.stringValue == "resp_1")
  }

  @Test(arguments: 0...RecordedResponses.events.count)
  func `a stream stopped after any event gives a sound response with what there was`(count: Int) throws {
    let aggregate = aggregate(RecordedResponses.blocks.prefix(count))
    let tree = try JSONTree.parse(aggregate.stoppedAnswer(fallback: Self.fallback).span)
    #expect(aggregate.isEmpty == (count == 0))
    if count == RecordedResponses.events.count {
      #expect(tree["status"]?.stringValue == "completed")
    } else {
      #expect(tree["status"]?.stringValue == "incomplete")
      #expect(tree["incomplete_details"]?["reason"]?.stringValue == "stopped")
    }
    #expect(tree["id"]?.stringValue == (count == 0 ? "resp_gateway" : "resp_1"))
    for item in tree["output"]?.arrayValue ?? [] { #expect(item["status"]?.stringValue != "in_progress") }
  }

  @Test func `the text of an open message is in the stopped response`() throws {
    let place = try #require(RecordedResponses.events.lastIndex { $0.type == "response.output_text.delta" })
    let tree = try JSONTree.parse(
      aggregate(RecordedResponses.blocks.prefix(place + 1)).stoppedAnswer(fallback: Self.fallback).span)
    let message = tree["output"]?.arrayValue?.last
    #expect(message?["content"]?[0]?["text"]?.stringValue == "Say \"é\"\n")
    #expect(message?["status"]?.stringValue == "incomplete")
  }
}
