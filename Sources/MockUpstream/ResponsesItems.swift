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
    let states = facts.isBackground ? ["queued", "queued", "in_progress"] : ["in_progress", "in_progress"]
    let names = facts.isBackground ? ["created", "queued", "in_progress"] : ["created", "in_progress"]
    var events = zip(names, states).map { name, status in
      event("response.\(name)", #""response":\#(response(status: status, text: nil, pieceCount: 0))"#)
    }
    if scenario.reasoning { events += reasoningEvents }
    if scenario.hasText {
      let item = message(text: nil, status: "in_progress")
      events.append(event("response.output_item.added", #""output_index":\#(messageIndex),"item":\#(item)"#))
      events.append(part("response.content_part.added", #""part":\#(content(text: ""))"#))
    }
    return events
  }

  /// From the last delta of the text up to the terminal event.
  func ending(text: String, tokens: [String], status: String) -> [Event] {
    let calls = ToolCall.all(scenario, facts).flatMap(callEvents)
    guard scenario.hasText else { return calls }
    let field = scenario.refusal ? "refusal" : "text"
    let logprobs = scenario.refusal ? "" : #","logprobs":\#(self.logprobs(tokens))"#
    let item = message(text: text, tokens: tokens, status: itemStatus(status))
    return [
      part("response.\(partKind).done", #""\#(field)":\#(quoted(text))\#(logprobs)"#),
      part("response.content_part.done", #""part":\#(content(text: text, tokens: tokens))"#),
      event("response.output_item.done", #""output_index":\#(messageIndex),"item":\#(item)"#),
    ] + calls
  }

  /// A list that is empty unless it was asked for.
  func logprobs(_ tokens: [String]) -> String {
    facts.logprobs ? Logprobs.list(tokens) : "[]"
  }

  /// The response object; `text` nil means that there is no output yet.
  func response(status: String, text: String?, tokens: [String] = [], pieceCount: Int) -> String {
    let output = text.map { self.output(text: $0, tokens: tokens, status: status) } ?? ""
    let reason = scenario.finish == .contentFilter ? "content_filter" : "max_output_tokens"
    let incomplete = status == "incomplete" ? #"{"reason":"\#(reason)"}"# : "null"
    let error = status == "failed" ? #"{"code":"server_error","message":"the mock failed"}"# : "null"
    let usage = text == nil ? "" : #","usage":\#(Usage(scenario, facts, output: pieceCount).responses)"#
    let echo = ResponseEcho(request: facts.request)
    let completed = status == "completed" ? "\(createdSeconds)" : "null"
    return #"""
      {"id":"resp_\#(facts.idTail)","object":"response","created_at":\#(createdSeconds),\#
      "completed_at":\#(completed),"status":"\#(status)","background":\#(facts.isBackground),"error":\#(error),\#
      "incomplete_details":\#(incomplete),\#(echo.limits),"model":\#(quoted(facts.model)),"output":[\#(output)],\#
      \#(echo.settings)\#(usage)}
      """#
  }

  // MARK: - Items

  private func output(text: String, tokens: [String], status: String) -> String {
    var items = scenario.reasoning ? [reasoning(text: "thinking it over", status: "completed")] : []
    if scenario.hasText { items.append(message(text: text, tokens: tokens, status: itemStatus(status))) }
    items += ToolCall.all(scenario, facts).map { call($0, done: true) }
    return items.joined(separator: ",")
  }

  /// An item of a response that broke off is itself incomplete.
  private func itemStatus(_ status: String) -> String {
    status == "completed" ? "completed" : "incomplete"
  }

  private func message(text: String?, tokens: [String] = [], status: String) -> String {
    let parts = text.map { content(text: $0, tokens: tokens) } ?? ""
    return #"""
      {"id":"\#(messageID)","type":"message","role":"assistant","status":"\#(status)","content":[\#(parts)]}
      """#
  }

  private func content(text: String, tokens: [String] = []) -> String {
    scenario.refusal
      ? #"{"type":"refusal","refusal":\#(quoted(text))}"#
      : #"{"type":"output_text","text":\#(quoted(text)),"annotations":[],"logprobs":\#(logprobs(tokens))}"#
  }

  private func call(_ tool: ToolCall, done: Bool) -> String {
    let status = done ? "completed" : "in_progress"
    let (kind, field) = tool.isCustom ? ("custom_tool_call", "input") : ("function_call", "arguments")
    return #"""
      {"id":"\#(id(of: tool))","type":"\#(kind)","status":"\#(status)",\#
      "call_id":"\#(tool.callID)","name":"\#(tool.name)","\#(field)":\#(quoted(done ? tool.input : ""))}
      """#
  }

  private func id(of tool: ToolCall) -> String {
    "\(tool.isCustom ? "ctc" : "fc")_\(facts.idTail)\(tool.index)"
  }

  private func callEvents(_ tool: ToolCall) -> [Event] {
    let place = #""output_index":\#(messageIndex + (scenario.hasText ? 1 : 0) + tool.index)"#
    let target = #""item_id":"\#(id(of: tool))",\#(place)"#
    let (kind, field) =
      tool.isCustom ? ("custom_tool_call_input", "input") : ("function_call_arguments", "arguments")
    let deltas = tool.fragments.map {
      event("response.\(kind).delta", #"\#(target),"delta":\#(quoted($0))"#)
    }
    let name = tool.isCustom ? "" : #","name":"\#(tool.name)""#
    return [event("response.output_item.added", #"\#(place),"item":\#(call(tool, done: false))"#)] + deltas + [
      event("response.\(kind).done", #"\#(target),"\#(field)":\#(quoted(tool.input))\#(name)"#),
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
