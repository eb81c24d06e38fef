/// Builds output items, response objects and single events of the responses dialect (without `sequence_number`).
struct ResponsesItems {
  let scenario: Scenario
  let facts: RequestFacts

  private var messageID: String { "msg_\(facts.idTail)" }
  private var reasoningID: String { "rs_\(facts.idTail)" }
  private var messageIndex: Int { (scenario.reasoning ? 1 : 0) }

  /// The content part: text or refusal, as events spell it.
  var partKind: String { scenario.refusal ? "refusal" : "output_text" }

  func event(_ name: String, _ members: String) -> Event {
    Event(name: name, data: #"{"type":"\#(name)",\#(members)}"#)
  }

  /// An event about the message's content part.
  func part(_ name: String, _ members: String) -> Event {
    event(name, #""item_id":"\#(messageID)","output_index":\#(messageIndex),"content_index":0,\#(members)"#)
  }

  /// From `response.created` up to the first delta of the text.
  var lead: [Event] {
    let open = response(status: "in_progress", text: nil, pieceCount: 0)
    var events = ["created", "in_progress"].map { event("response.\($0)", #""response":\#(open)"#) }
    if scenario.reasoning { events += reasoningEvents }
    for index in 0..<scenario.tools { events += callEvents(index) }
    if scenario.tools == 0 {
      let item = message(text: nil, status: "in_progress")
      events.append(event("response.output_item.added", #""output_index":\#(messageIndex),"item":\#(item)"#))
      events.append(part("response.content_part.added", #""part":\#(content(text: ""))"#))
    }
    return events
  }

  /// From the last delta of the text to the end of the message.
  func messageEnd(text: String, status: String) -> [Event] {
    let field = scenario.refusal ? "refusal" : "text"
    let logprobs = scenario.refusal ? "" : #","logprobs":[]"#
    let item = message(text: text, status: itemStatus(status))
    return [
      part("response.\(partKind).done", #""\#(field)":\#(quoted(text))\#(logprobs)"#),
      part("response.content_part.done", #""part":\#(content(text: text))"#),
      event("response.output_item.done", #""output_index":\#(messageIndex),"item":\#(item)"#),
    ]
  }

  /// The response object; `text` nil means that there is no output yet.
  func response(status: String, text: String?, pieceCount: Int) -> String {
    let output = text.map { self.output(text: $0, status: status) } ?? ""
    let reason = scenario.finish == .contentFilter ? "content_filter" : "max_output_tokens"
    let incomplete = status == "incomplete" ? #"{"reason":"\#(reason)"}"# : "null"
    let error = status == "failed" ? #"{"code":"server_error","message":"the mock failed"}"# : "null"
    let usage = text == nil ? "null" : Usage.responses(output: pieceCount)
    let completed = status == "completed" ? "\(createdSeconds)" : "null"
    return #"""
      {"id":"resp_\#(facts.idTail)","object":"response","created_at":\#(createdSeconds),\#
      "completed_at":\#(completed),"status":"\#(status)","background":false,"error":\#(error),\#
      "incomplete_details":\#(incomplete),"instructions":null,"max_output_tokens":null,"max_tool_calls":null,\#
      "model":\#(quoted(facts.model)),"output":[\#(output)],"parallel_tool_calls":true,\#
      "previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},\#
      "safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,\#
      "text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_logprobs":0,\#
      "top_p":1.0,"truncation":"disabled","usage":\#(usage),"user":null,"metadata":{}}
      """#
  }

  // MARK: - Items

  private func output(text: String, status: String) -> String {
    var items = scenario.reasoning ? [reasoning(text: "thinking it over", status: "completed")] : []
    if scenario.tools > 0 {
      items += (0..<scenario.tools).map { call(ToolCall($0), done: true) }
    } else {
      items.append(message(text: text, status: itemStatus(status)))
    }
    return items.joined(separator: ",")
  }

  /// An item of a response that broke off is itself incomplete.
  private func itemStatus(_ status: String) -> String {
    status == "completed" ? "completed" : "incomplete"
  }

  private func message(text: String?, status: String) -> String {
    let parts = text.map { content(text: $0) } ?? ""
    return #"""
      {"id":"\#(messageID)","type":"message","role":"assistant","status":"\#(status)","content":[\#(parts)]}
      """#
  }

  private func content(text: String) -> String {
    scenario.refusal
      ? #"{"type":"refusal","refusal":\#(quoted(text))}"#
      : #"{"type":"output_text","text":\#(quoted(text)),"annotations":[],"logprobs":[]}"#
  }

  private func call(_ tool: ToolCall, done: Bool) -> String {
    let status = done ? "completed" : "in_progress"
    return #"""
      {"id":"fc_\#(facts.idTail)\#(tool.index)","type":"function_call","status":"\#(status)",\#
      "call_id":"\#(tool.callID)","name":"\#(tool.name)","arguments":\#(quoted(done ? tool.arguments : ""))}
      """#
  }

  private func callEvents(_ index: Int) -> [Event] {
    let tool = ToolCall(index)
    let place = #""output_index":\#(messageIndex + index)"#
    let target = #""item_id":"fc_\#(facts.idTail)\#(index)",\#(place)"#
    let deltas = tool.fragments.map {
      event("response.function_call_arguments.delta", #"\#(target),"delta":\#(quoted($0))"#)
    }
    return [event("response.output_item.added", #"\#(place),"item":\#(call(tool, done: false))"#)] + deltas + [
      event("response.function_call_arguments.done", #"\#(target),"arguments":\#(quoted(tool.arguments))"#),
      event("response.output_item.done", #"\#(place),"item":\#(call(tool, done: true))"#),
    ]
  }

  private func reasoning(text: String?, status: String) -> String {
    let summary = text.map { #"{"type":"summary_text","text":"\#($0)"}"# } ?? ""
    return #"{"id":"\#(reasoningID)","type":"reasoning","status":"\#(status)","summary":[\#(summary)]}"#
  }

  private var reasoningEvents: [Event] {
    let target = #""item_id":"\#(reasoningID)","output_index":0,"summary_index":0"#
    let text = "thinking it over"
    func summary(_ name: String, _ members: String) -> Event {
      event("response.reasoning_summary_\(name)", "\(target),\(members)")
    }
    let added = reasoning(text: nil, status: "in_progress")
    let done = reasoning(text: text, status: "completed")
    return [
      event("response.output_item.added", #""output_index":0,"item":\#(added)"#),
      summary("part.added", #""part":{"type":"summary_text","text":""}"#),
      summary("text.delta", #""delta":"thinking ""#),
      summary("text.delta", #""delta":"it over""#),
      summary("text.done", #""text":"\#(text)""#),
      summary("part.done", #""part":{"type":"summary_text","text":"\#(text)"}"#),
      event("response.output_item.done", #""output_index":0,"item":\#(done)"#),
    ]
  }
}
