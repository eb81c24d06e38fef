import Testing
import Wire

@testable import Dialects

extension ChatAggregate: Tap {}

/// Goal: a blocking caller gets from a stream what the upstream would have answered in one piece. Method: goldens, each
/// a list of chunks and the answer as JSON, compared as values; every cut of the list for what is whole at any time.
@Suite struct ChatAggregateTests {
  static let fallback = StreamIdentity(id: "chatcmpl-gateway", model: "alias", created: 7)
  static let head = #""id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m""#

  static func chunk(_ index: Int, _ delta: String, _ finish: String = "null", more: String = "") -> String {
    "{\(head),\"choices\":[{\"index\":\(index),\"delta\":{\(delta)},\"finish_reason\":\(finish)\(more)}]}"
  }

  private func aggregate(_ chunks: [String], _ flavor: ChatTap.Flavor = .chat) -> ChatAggregate {
    var aggregate = ChatAggregate(flavor)
    aggregate.observe(Array(EventStream.chunks(chunks).joined()))
    return aggregate
  }

  private func answer(_ chunks: [String], _ flavor: ChatTap.Flavor = .chat) throws -> JSONTree {
    try JSONTree.parse(aggregate(chunks, flavor).answer(fallback: Self.fallback).span)
  }

  private func message(_ chunks: [String]) throws -> JSONTree? { try answer(chunks)["choices"]?[0]?["message"] }

  private func tree(_ text: String) throws -> JSONTree { try JSONTree.parse(Array(text.utf8).span) }

  @Test func `a whole text answer with usage is the upstream's own answer`() throws {
    let chunks = [
      Self.chunk(0, #""role":"assistant","content":"","refusal":null"#), Self.chunk(0, #""content":"It is ""#),
      Self.chunk(0, #""content":"sunny.\n""#), Self.chunk(0, "", #""stop""#),
      #"{\#(Self.head),"service_tier":"default","system_fingerprint":"fp","choices":[],"usage":{"total_tokens":12}}"#,
      "[DONE]",
    ]
    let expected = """
      {"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":\
      {"role":"assistant","content":"It is sunny.\\n","refusal":null},"logprobs":null,"finish_reason":"stop"}],\
      "usage":{"total_tokens":12},"service_tier":"default","system_fingerprint":"fp"}
      """
    #expect(try answer(chunks) == tree(expected))
  }

  @Test func `tool calls are put together by index, and content is null`() throws {
    let chunks = [
      Self.chunk(
        0,
        #""role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","#
          + #""function":{"name":"f","arguments":""}}]"#),
      Self.chunk(0, #""tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]"#),
      Self.chunk(
        0, #""tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]"#),
      Self.chunk(0, #""tool_calls":[{"index":0,"function":{"arguments":":1}"}}]"#),
      Self.chunk(0, "", #""tool_calls""#),
    ]
    let expected = #"""
      {"role":"assistant","content":null,"refusal":null,"tool_calls":[
      {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
      {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}
      """#
    #expect(try message(chunks) == tree(expected))
    #expect(try answer(chunks)["choices"]?[0]?["finish_reason"]?.stringValue == "tool_calls")
  }

  @Test func `calls of servers with habits of their own are told apart`() throws {
    func calls(_ fragments: String...) throws -> [String] {
      let chunks = fragments.map { Self.chunk(0, "\"tool_calls\":[\($0)]") }
      let list = try message(chunks)?["tool_calls"]?.arrayValue ?? []
      return list.map { call in
        let payload = call["function"] ?? call["custom"]
        let text = payload?["arguments"]?.stringValue ?? payload?["input"]?.stringValue ?? ""
        return "\(call["id"]?.stringValue ?? "") \(payload?["name"]?.stringValue ?? "") \(text)"
      }
    }
    func call(_ id: String, _ index: String, _ arguments: String) -> String {
      #"{\#(index)"id":"\#(id)","function":{"name":"f","arguments":\#(arguments)}}"#
    }
    // Every call numbered 0, each whole; no index at all; id and name in every fragment.
    #expect(
      try calls(call("a", #""index":0,"#, #""{}""#), call("b", #""index":0,"#, #""{}""#)) == ["a f {}", "b f {}"])
    #expect(try calls(call("a", "", #""{""#), call("a", "", #""}""#), call("b", "", #""{}""#)) == ["a f {}", "b f {}"])
    // Arguments as an object; the whole once more at the end.
    #expect(try calls(call("a", #""index":0,"#, #"{"q":"é"}"#)) == [#"a f {"q":"é"}"#])
    #expect(
      try calls(call("a", #""index":0,"#, #""{\"q\":1}""#), call("a", #""index":0,"#, #""{\"q\":1}""#))
        == [#"a f {"q":1}"#])
    // A custom tool.
    #expect(
      try calls(
        #"{"index":0,"id":"c","type":"custom","custom":{"name":"sql","input":"SEL"}}"#,
        #"{"index":0,"custom":{"input":"ECT 1"}}"#) == ["c sql SELECT 1"])
  }

  @Test func `what is said of a call beside its function is kept`() throws {
    let call = #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"},"extra_content":{"signature":"s"}}"#
    let list = try message([Self.chunk(0, "\"tool_calls\":[\(call)]")])?["tool_calls"]
    #expect(list?[0]?["extra_content"]?["signature"]?.stringValue == "s")
    #expect(list?[0]?["type"]?.stringValue == "function")
  }

  @Test func `the old function call is put together too`() throws {
    let chunks = [
      Self.chunk(0, #""role":"assistant","content":null,"function_call":{"name":"f","arguments":""}"#),
      Self.chunk(0, #""function_call":{"arguments":"{}"}"#), Self.chunk(0, "", #""function_call""#),
    ]
    let expected = #"{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":"{}"}}"#
    #expect(try message(chunks) == tree(expected))
  }

  @Test func `a refusal has no content`() throws {
    let chunks = [
      Self.chunk(0, #""role":"assistant","content":"","refusal":null"#), Self.chunk(0, #""refusal":"I can""#),
      Self.chunk(0, #""refusal":"not.""#), Self.chunk(0, "", #""stop""#),
    ]
    #expect(try message(chunks) == tree(#"{"role":"assistant","content":null,"refusal":"I cannot."}"#))
  }

  @Test func `reasoning, lists and what is unknown are kept`() throws {
    let chunks = [
      Self.chunk(0, #""role":"assistant","reasoning_content":"Let ""#),
      Self.chunk(0, #""reasoning_content":"me.","annotations":[{"a":1}]"#),
      Self.chunk(0, #""content":"x","annotations":[],"vendor":{"v":1}"#, more: #","native_finish_reason":"eos""#),
      Self.chunk(0, #""annotations":[{"b":2},{"c":3}],"vendor":{"v":2}"#, #""stop""#, more: #","stop_reason":5"#),
    ]
    let expected = #"""
      {"role":"assistant","content":"x","refusal":null,"reasoning_content":"Let me.",
      "annotations":[{"a":1},{"b":2},{"c":3}],"vendor":{"v":2}}
      """#
    #expect(try message(chunks) == tree(expected))
    let choice = try answer(chunks)["choices"]?[0]
    #expect(choice?["native_finish_reason"]?.stringValue == "eos" && choice?["stop_reason"]?.intValue == 5)
  }

  @Test func `log probabilities of content and refusal are joined`() throws {
    func logprobs(_ content: String) -> String { #","logprobs":{"content":[\#(content)],"refusal":null}"# }
    let chunks = [
      Self.chunk(0, #""content":"a""#, more: logprobs(#"{"token":"a","logprob":-1}"#)),
      Self.chunk(0, #""content":"bc""#, more: logprobs(#"{"token":"b"},{"token":"c"}"#)),
      Self.chunk(0, "", #""stop""#, more: #","logprobs":null"#),
    ]
    let content = try answer(chunks)["choices"]?[0]?["logprobs"]?["content"]?.arrayValue
    #expect(content?.compactMap { $0["token"]?.stringValue } == ["a", "b", "c"])
  }

  @Test func `choices are kept apart and put in order`() throws {
    let chunks = [
      Self.chunk(2, #""role":"assistant","content":"c""#), Self.chunk(0, #""role":"assistant","content":"a""#),
      Self.chunk(1, #""role":"assistant","content":"b""#), Self.chunk(0, #""content":"A""#),
      Self.chunk(1, "", #""length""#), Self.chunk(0, "", #""stop""#), Self.chunk(2, "", #""content_filter""#),
    ]
    let choices = try answer(chunks)["choices"]?.arrayValue ?? []
    #expect(choices.map { $0["index"]?.intValue } == [0, 1, 2])
    #expect(choices.map { $0["message"]?["content"]?.stringValue } == ["aA", "b", "c"])
    #expect(choices.map { $0["finish_reason"]?.stringValue } == ["stop", "length", "content_filter"])
  }

  @Test func `a completions stream becomes a text completion`() throws {
    func chunk(_ text: String, _ finish: String) -> String {
      #"{"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"index":0,"text":"\#(text)","#
        + #""logprobs":{"tokens":["\#(text)"],"text_offset":[1]},"finish_reason":\#(finish)}]}"#
    }
    let expected = #"""
      {"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"index":0,"text":"ab",
      "logprobs":{"tokens":["a","b"],"text_offset":[1,1]},"finish_reason":"stop"}]}
      """#
    #expect(try answer([chunk("a", "null"), chunk("b", #""stop""#)], .completions) == tree(expected))
  }

  @Test func `a character that was cut in two is whole again`() throws {
    let chunks = [Self.chunk(0, #""content":"\ud83d""#), Self.chunk(0, #""content":"\ude00é""#)]
    #expect(try message(chunks)?["content"]?.stringValue == "😀é")
  }

  @Test func `content in parts is flattened`() throws {
    let chunks = [Self.chunk(0, #""content":[{"type":"text","text":"a"},{"type":"reference"},{"text":"b"}]"#)]
    #expect(try message(chunks)?["content"]?.stringValue == "ab")
  }

  @Test(arguments: [
    #"{"choices":[],"x_groq":{"usage":{"total_tokens":3}}}"#,
    #"{"choices":[{"index":0,"delta":{},"usage":{"total_tokens":3}}]}"#,
    #"{"choices":[{"index":0,"delta":{}}],"usage":{"total_tokens":3}}"#,
  ]) func `usage is found where vendors put it, and the last one counts`(chunk: String) throws {
    let first = #"{"choices":[],"usage":{"total_tokens":1}}"#
    #expect(try answer([first, chunk, #"{"choices":[],"usage":null}"#])["usage"]?["total_tokens"]?.intValue == 3)
  }

  @Test func `usage that never came is left out`() throws {
    #expect(try answer([Self.chunk(0, #""content":"a""#)])["usage"] == nil)
  }

  @Test func `a stream cut anywhere gives a sound answer with what there was`() throws {
    let chunks = [
      Self.chunk(0, #""role":"assistant","content":"""#), Self.chunk(0, #""content":"one""#),
      Self.chunk(
        0, #""tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]"#),
      Self.chunk(0, "", #""tool_calls""#), "[DONE]",
    ]
    for count in 1...chunks.count {
      let whole = try answer(Array(chunks.prefix(count)))
      let choice = whole["choices"]?[0]
      #expect(choice?["message"]?["role"]?.stringValue == "assistant")
      #expect(choice?["finish_reason"]?.stringValue == (count > 2 ? "tool_calls" : "stop"))
    }
    #expect(aggregate([]).isEmpty && aggregate(["[DONE]"]).isEmpty && !aggregate(Array(chunks.prefix(1))).isEmpty)
  }

  @Test func `calls that all have the index 0 are told apart although they have no arguments`() throws {
    func call(_ id: String, _ name: String, _ arguments: String) -> String {
      Self.chunk(
        0, #""tool_calls":[{"index":0,"id":"\#(id)","function":{"name":"\#(name)","arguments":"\#(arguments)"}}]"#)
    }
    let calls = [call("a", "f", ""), call("b", "f", ""), call("c", "g", ""), call("d", "g", "{"), call("e", "g", "}")]
    let made = try #require(try message(calls)?["tool_calls"]?.arrayValue)
    #expect(made.map { $0["id"]?.stringValue } == ["a", "b", "c"])
    #expect(made.map { $0["function"]?["arguments"]?.stringValue } == ["", "", "{}"])
  }

  @Test func `a stopped answer ends as stop and has whole calls only`() throws {
    let calls = [(0, "{}"), (1, "{")].map { index, arguments in
      #"{"index":\#(index),"id":"c\#(index)","function":{"name":"f","arguments":"\#(arguments)"}}"#
    }
    let chunks = calls.map { Self.chunk(0, "\"tool_calls\":[\($0)]") }
    let bytes = aggregate(chunks).answer(isStopped: true, fallback: Self.fallback)
    let choice = try JSONTree.parse(bytes.span)["choices"]?[0]
    #expect(choice?["finish_reason"]?.stringValue == "stop")
    #expect(choice?["message"]?["tool_calls"]?.arrayValue?.count == 1)
    // A choice that had ended by then has ended as it did.
    let ended = aggregate(chunks + [Self.chunk(0, "", #""tool_calls""#)])
    let whole = try JSONTree.parse(ended.answer(isStopped: true, fallback: Self.fallback).span)["choices"]?[0]
    #expect(whole?["finish_reason"]?.stringValue == "tool_calls")
    #expect(whole?["message"]?["tool_calls"]?.arrayValue?.count == 2)
  }

  @Test func `an answer without an identity gets the gateway's`() throws {
    let whole = try answer([#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#])
    #expect(whole["id"]?.stringValue == "chatcmpl-gateway" && whole["model"]?.stringValue == "alias")
    #expect(whole["created"]?.intValue == 7)
  }

  @Test func `what is kept is counted`() {
    let text = String(repeating: "x", count: 1000)
    let many = Array(repeating: Self.chunk(0, "\"content\":\"\(text)\""), count: 10)
    #expect((10_000...10_100).contains(aggregate(many).weight))
    let usage = Array(repeating: #"{"choices":[],"usage":{"total_tokens":3}}"#, count: 100)
    #expect(aggregate(usage).weight < 50)
  }

  @Test func `choices out of bounds and repeated messages are passed over`() throws {
    let chunks = [
      Self.chunk(0, #""content":"a""#, more: #","message":{"content":"a"}"#), Self.chunk(128, #""content":"z""#),
      Self.chunk(-1, #""content":"z""#),
    ]
    let choices = try answer(chunks)["choices"]?.arrayValue
    #expect(choices?.count == 1)
    #expect(choices?[0]["message"]?["content"]?.stringValue == "a")
  }
}
