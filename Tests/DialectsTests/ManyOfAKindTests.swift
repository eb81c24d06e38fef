import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: what a stranger may send any number of is kept in its order where it counts, and where each has to be compared
/// with the others there is a limit. Method: more than are compared one by one, and one more than the limit.
@Suite struct ManyOfAKindTests {
  private static let count = 1000

  private func list(_ element: (Int) -> String) -> String { (0..<Self.count).map(element).joined(separator: ",") }

  @Test(arguments: [(#""x""#, #""xx""#), ("1", "1"), ("[1]", "[1,1]")])
  func `members of a delta, which comes twice`(value: String, twice: String) throws {
    let members = list { "\"a\($0)\":\(value)" }
    var aggregate = ChatAggregate(.chat)
    for _ in 0..<2 {
      aggregate.observe(
        Array("data: {\"choices\":[{\"index\":0,\"delta\":{\(members)}}]}\n\n".utf8))
    }
    let answer = try JSONTree.parse(aggregate.answer(fallback: ChatAggregateTests.fallback).span)
    let message = Array(answer["choices"]?[0]?["message"]?.objectValue?.suffix(Self.count) ?? [])
    #expect(message.map(\.name) == (0..<Self.count).map { "a\($0)" })
    #expect(message.map { $0.value.encoded } == Array(repeating: Array(twice.utf8), count: Self.count))
    // Each needs more than its bytes.
    #expect(aggregate.weight > Self.count * 64)
  }

  @Test func `tools, and those that are allowed`() throws {
    let tools = list { "{\"type\":\"function\",\"name\":\"f\($0)\"}" }
    let body = """
      {"model":"m","input":"x","tools":[\(tools)],\
      "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[\(tools),\(tools)]}}
      """
    let request = try ResponsesRequest.read(Array(body.utf8).span, ids: AnswerIDs(tail: "t"))
    let chatBody = try request.chatBody(model: "m", stream: false, ChatCapabilities())
    let chat = try JSONTree.parse(chatBody.span)
    #expect(chat["tools"]?.arrayValue?.count == Self.count, "a tool that is allowed twice is offered once")
  }

  @Test func `calls in the deprecated form`() throws {
    let messages = list { _ in #"{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}"# }
    let answers = list { #"{"role":"function","name":"f","content":"\#($0)"}"# }
    let chat = try JSONTree.parse(Array("{\"messages\":[\(messages),\(answers)]}".utf8).span)
    let body = try ResponsesRequestBody(chat: chat, model: "m", stream: false).body
    let input = try JSONTree.parse(body.span)["input"]?.arrayValue ?? []
    let outputs = input.suffix(Self.count)
    #expect(input.count == 2 * Self.count)
    #expect(outputs.map { $0["call_id"]?.stringValue } == (0..<Self.count).map { "function_call_\($0)" })
  }

  @Test(arguments: [(14, 2), (16, 1)]) func `pieces of a call that look whole`(mistakes: Int, calls: Int) throws {
    var chunks = [ChatAggregateTests.chunk(0, call(id: "a", "{\\\"x\\\":\\\""))]
    // Each comes with an id of its own, so that it is to be known whether the call before it is whole.
    chunks += (0...mistakes).map { ChatAggregateTests.chunk(0, call(id: "a\($0)", "}")) }
    chunks += [ChatAggregateTests.chunk(0, call(id: "b", "\\\"}")), ChatAggregateTests.chunk(0, call(id: "c", "{}"))]
    let source = Array(EventStream.chunks(chunks).joined())
    var aggregate = ChatAggregate(.chat)
    aggregate.observe(source)
    #expect(aggregate.choices.first?.toolCalls.count == calls)
    let ids = AnswerIDs(tail: "t")
    let request = try ResponsesRequest.read(Array(#"{"model":"m","input":"x"}"#.utf8).span, ids: ids)
    var translator = ResponsesFromChat(request, ids: ids, model: "m", createdAt: 1)
    var out: [UInt8] = []
    var scanner = SSEScanner()
    while let block = scanner.next(in: source.span) { translator.take(block, in: source.span, into: &out) }
    #expect(translator.calls.count == calls)
  }

  private func call(id: String, _ arguments: String) -> String {
    #""tool_calls":[{"index":0,"id":"\#(id)","type":"function","function":{"name":"f","arguments":"\#(arguments)"}}]"#
  }

  @Test(arguments: [(",\"delta\":\"\"", 256), ("", 1024)])
  func `a stream of more texts or events than are compared cannot be joined`(more: String, max: Int) {
    var resume = StreamResume.responses
    func note(_ index: Int) {
      let source = Array("data: {\"type\":\"t\",\"output_index\":\(index)\(more)}\n\n".utf8)
      var scanner = SSEScanner()
      while let block = scanner.next(in: source.span) { resume.note(block, in: source.span, bytesMax: 1 << 20) }
    }
    for index in 0..<max { note(index) }
    #expect(resume.isPossible)
    note(max)
    #expect(!resume.isPossible)
  }

  @Test func `usage that is too long to be added up is passed on`() {
    let members = (0..<1000).map { "\"a\($0)\":1" }.joined(separator: ",")
    let chunks = [
      ChatAggregateTests.chunk(0, #""content":"a""#), "{\"choices\":[],\"usage\":{\(members)}}",
    ]
    let source = Array(EventStream.chunks(chunks).joined())
    var resume = StreamResume(.chat)
    var scanner = SSEScanner()
    while let block = scanner.next(in: source.span) { resume.note(block, in: source.span, bytesMax: 1 << 20) }
    resume.begin(isContinuation: false)
    scanner = SSEScanner()
    var received: [UInt8] = []
    while let block = scanner.next(in: source.span) {
      if case .pass(let bytes) = resume.rewrite(block, in: source.span) { received += bytes }
    }
    #expect(String(decoding: received, as: UTF8.self).contains("{\(members)}"))
  }
}
