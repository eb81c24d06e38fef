import Testing
import Wire

@testable import Dialects

/// Goal: the demo model's streams are as legal as a real one's and say the same as its bodies.
@Suite struct DemoAnswerTests {
  private func answer(_ endpoint: DemoAnswer.Endpoint, includeUsage: Bool = false, userText: String = "Hi\n there!")
    -> DemoAnswer
  {
    DemoAnswer(
      endpoint, identity: StreamIdentity(id: "id-1", model: "demo", created: 7), itemID: "msg_1", userText: userText,
      includeUsage: includeUsage)
  }

  @Test(arguments: [false, true]) func theChatStreamIsLegal(_ includeUsage: Bool) throws {
    let answer = answer(.chat, includeUsage: includeUsage)
    let bytes = Array(answer.events.joined())
    #expect(ChatOrder.violations(bytes) == [])
    let events = EventStream.events(bytes)
    let text = events.compactMap { $0.json?["choices"]?[0]?["delta"]?["content"]?.stringValue }.joined()
    #expect(text == answer.text)
    let usage = events.compactMap { $0.json?["usage"]?["total_tokens"]?.intValue }
    #expect(usage == (includeUsage ? [2 + answer.words.count] : []))
    let body = try JSONTree.parse(answer.body.span)
    #expect(body["object"]?.stringValue == "chat.completion")
    #expect(body["choices"]?[0]?["message"]?["content"]?.stringValue == text)
    #expect(body["choices"]?[0]?["finish_reason"]?.stringValue == "stop")
    #expect(body["usage"]?["completion_tokens"]?.intValue == answer.words.count)
  }

  @Test func theCompletionsStreamIsLegal() throws {
    let answer = answer(.completions, includeUsage: true)
    let bytes = Array(answer.events.joined())
    #expect(ChatOrder.violations(bytes, isChat: false) == [])
    let text = EventStream.events(bytes).compactMap { $0.json?["choices"]?[0]?["text"]?.stringValue }.joined()
    #expect(text == answer.text)
    let body = try JSONTree.parse(answer.body.span)
    #expect(body["choices"]?[0]?["text"]?.stringValue == text)
    #expect(body["object"]?.stringValue == "text_completion")
  }

  @Test func theResponsesStreamIsLegal() throws {
    let answer = answer(.responses)
    let bytes = Array(answer.events.joined())
    #expect(ResponsesOrder.violations(bytes) == [])
    let last = EventStream.events(bytes).last?.json
    #expect(last?["type"]?.stringValue == "response.completed")
    #expect(last?["response"] == (try JSONTree.parse(answer.body.span)))
    #expect(last?["response"]?["output"]?[0]?["content"]?[0]?["text"]?.stringValue == answer.text)
    #expect(last?["response"]?["usage"]?["output_tokens"]?.intValue == answer.words.count)
    for name in ["id", "object", "created_at", "model", "output", "parallel_tool_calls", "tool_choice", "tools"] {
      #expect(last?["response"]?[name] != nil)
    }
  }

  @Test(arguments: [DemoAnswer.Endpoint.chat, .completions]) func aStoppedChatDemoEndsLegally(
    _ endpoint: DemoAnswer.Endpoint
  ) {
    let answer = answer(endpoint)
    for count in 0...answer.events.count {
      let seen = answer.events.prefix(count)
      var tap = ChatTap(endpoint == .chat ? .chat : .completions)
      for event in seen { tap.observe(event) }
      let whole = seen.joined() + tap.stopEnding(includeUsage: false, fallback: answer.identity)
      #expect(ChatOrder.violations(Array(whole), isChat: endpoint == .chat) == [])
    }
  }

  @Test func aStoppedResponsesDemoEndsLegally() {
    let answer = answer(.responses)
    for count in 0...answer.events.count {
      let seen = answer.events.prefix(count)
      var tap = ResponsesTap()
      for event in seen { tap.observe(event) }
      let whole = seen.joined() + tap.stopEnding(fallback: answer.identity)
      #expect(ResponsesOrder.violations(Array(whole)) == [])
    }
  }

  @Test func theTextQuotesTheUserAndIsOfModestLength() {
    #expect(answer(.chat).text.contains("You said: “Hi there!”."))
    #expect(!answer(.chat, userText: "").text.contains("You said"))
    #expect((35...50).contains(answer(.chat, userText: "").words.count))
    #expect(answer(.chat, userText: String(repeating: "x", count: 1000)).text.count < 600)
  }
}
