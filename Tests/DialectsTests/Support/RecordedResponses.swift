/// A responses stream that has everything: reasoning, text with annotations, a refusal, calls, a hosted tool, and two
/// items that are open at once.
enum RecordedResponses {
  typealias Event = (type: String, members: String)

  static let events: [Event] = opening + reasoning + message + calls + hosted + interleaved + ending

  /// The whole stream, event by event.
  static var blocks: [[UInt8]] { EventStream.responses(events) }

  // MARK: - Shorthands

  private static func response(_ status: String, output: String, usage: String) -> String {
    "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1795000000,\"status\":\"\(status)\","
      + "\"instructions\":\"say \\\"hi\\\"\",\"model\":\"gpt-x\",\"output\":[\(output)],\"usage\":\(usage),"
      + "\"x_vendor\":{\"a\":[1,2]},\"error\":null,\"incomplete_details\":null}"
  }

  /// `response.<name>` about an item: a text event when `value` is given in JSON under `key`.
  private static func about(
    _ item: (id: String, index: Int), _ name: String, part: Int? = nil, _ key: String? = nil, _ value: String = ""
  ) -> Event {
    let counter = name.hasPrefix("reasoning_summary") ? "summary_index" : "content_index"
    let place = part.map { ",\"\(counter)\":\($0)" } ?? ""
    let payload = key.map { ",\"\($0)\":\(value)" } ?? ""
    return ("response.\(name)", "\"item_id\":\"\(item.id)\",\"output_index\":\(item.index)\(place)\(payload)")
  }

  private static func added(_ index: Int, _ item: String) -> Event {
    ("response.output_item.added", "\"output_index\":\(index),\"item\":\(item)")
  }

  private static func done(_ index: Int) -> Event {
    ("response.output_item.done", "\"output_index\":\(index),\"item\":\(doneItems[index])")
  }

  // MARK: - The stream

  private static let opening: [Event] = [
    ("response.created", response("in_progress", output: "", usage: "null")),
    ("response.in_progress", response("in_progress", output: "", usage: "null")),
  ]

  private static let textPart =
    #"{"type":"output_text","text":"Say \"é\"\n","annotations":[{"type":"url_citation","url":"u"}],"logprobs":[]}"#
  private static let doneItems = [
    #"{"id":"rs_0","type":"reasoning","summary":[{"type":"summary_text","text":"Think hard."}],"status":"completed"}"#,
    #"{"id":"msg_1","type":"message","status":"completed","role":"assistant","phase":"commentary","content":["#
      + textPart + #",{"type":"refusal","refusal":"No."}]}"#,
    #"{"id":"fc_2","type":"function_call","status":"completed","call_id":"ca","name":"f","arguments":"{\"q\":1}"}"#,
    #"{"id":"ctc_3","type":"custom_tool_call","status":"completed","call_id":"cb","name":"sql","input":"SELECT 1"}"#,
    #"{"id":"ws_4","type":"web_search_call","status":"completed","action":{"type":"search","query":"x"}}"#,
    #"{"id":"rs_5","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"#
      + #""status":"completed"}"#,
    #"{"id":"fc_6","type":"function_call","status":"completed","call_id":"cc","name":"g","arguments":"{}"}"#,
  ]

  private static let thought = (id: "rs_0", index: 0)
  private static let reasoning: [Event] = [
    added(0, #"{"id":"rs_0","type":"reasoning","summary":[],"status":"in_progress"}"#),
    about(thought, "reasoning_summary_part.added", part: 0, "part", #"{"type":"summary_text","text":""}"#),
    about(thought, "reasoning_summary_text.delta", part: 0, "delta", #""Think ""#),
    about(thought, "reasoning_summary_text.delta", part: 0, "delta", #""hard.""#),
    about(thought, "reasoning_summary_text.done", part: 0, "text", #""Think hard.""#),
    about(thought, "reasoning_summary_part.done", part: 0, "part", #"{"type":"summary_text","text":"Think hard."}"#),
    done(0),
  ]

  private static let said = (id: "msg_1", index: 1)
  private static let message: [Event] = [
    added(
      1,
      #"{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","phase":"commentary","content":[]}"#),
    about(said, "content_part.added", part: 0, "part", #"{"type":"output_text","text":"","annotations":[]}"#),
    about(said, "output_text.delta", part: 0, "delta", #""Say ","logprobs":[],"obfuscation":"aK""#),
    about(said, "output_text.delta", part: 0, "delta", #""\"\u00e9\"\n","logprobs":[]"#),
    about(said, "output_text.annotation.added", part: 0, "annotation", #"{"type":"url_citation","url":"u"}"#),
    about(said, "output_text.done", part: 0, "text", #""Say \"é\"\n","logprobs":[]"#),
    about(said, "content_part.done", part: 0, "part", textPart),
    about(said, "content_part.added", part: 1, "part", #"{"type":"refusal","refusal":""}"#),
    about(said, "refusal.delta", part: 1, "delta", #""No.""#),
    about(said, "refusal.done", part: 1, "refusal", #""No.""#),
    about(said, "content_part.done", part: 1, "part", #"{"type":"refusal","refusal":"No."}"#),
    done(1),
  ]

  private static let function = (id: "fc_2", index: 2)
  private static let custom = (id: "ctc_3", index: 3)
  private static let calls: [Event] = [
    added(
      2, #"{"id":"fc_2","type":"function_call","status":"in_progress","call_id":"ca","name":"f","arguments":""}"#),
    about(function, "function_call_arguments.delta", "delta", #""{\"q\"""#),
    about(function, "function_call_arguments.delta", "delta", #"":1}""#),
    about(function, "function_call_arguments.done", "arguments", #""{\"q\":1}""#),
    done(2),
    added(
      3, #"{"id":"ctc_3","type":"custom_tool_call","status":"in_progress","call_id":"cb","name":"sql","input":""}"#),
    about(custom, "custom_tool_call_input.delta", "delta", #""SELECT 1""#),
    about(custom, "custom_tool_call_input.done", "input", #""SELECT 1""#),
    done(3),
  ]

  private static let search = (id: "ws_4", index: 4)
  private static let hosted: [Event] = [
    added(4, #"{"id":"ws_4","type":"web_search_call","status":"in_progress"}"#),
    about(search, "web_search_call.in_progress"),
    about(search, "web_search_call.searching"),
    about(search, "web_search_call.completed"),
    done(4),
  ]

  private static let idea = (id: "rs_5", index: 5)
  private static let second = (id: "fc_6", index: 6)
  private static let interleaved: [Event] = [
    added(5, #"{"id":"rs_5","type":"reasoning","summary":[],"status":"in_progress"}"#),
    added(
      6, #"{"id":"fc_6","type":"function_call","status":"in_progress","call_id":"cc","name":"g","arguments":""}"#),
    about(idea, "content_part.added", part: 0, "part", #"{"type":"reasoning_text","text":""}"#),
    about(second, "function_call_arguments.delta", "delta", #""{}""#),
    about(idea, "reasoning_text.delta", part: 0, "delta", #""Hm.""#),
    about(second, "function_call_arguments.done", "arguments", #""{}""#),
    about(idea, "reasoning_text.done", part: 0, "text", #""Hm.""#),
    about(idea, "content_part.done", part: 0, "part", #"{"type":"reasoning_text","text":"Hm."}"#),
    done(6),
    done(5),
  ]

  private static let ending: [Event] = [
    (
      "response.completed",
      response(
        "completed", output: doneItems.joined(separator: ","),
        usage: #"{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":30,"#
          + #""output_tokens_details":{"reasoning_tokens":12},"total_tokens":39}"#)
    )
  ]
}
