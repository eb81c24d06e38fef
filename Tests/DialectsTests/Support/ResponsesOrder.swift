import Wire

/// Checks that a whole responses stream keeps the legal order of events, strictly: numbering, announcements before
/// use, identity of items, texts equal to their deltas, everything closed, and an output that agrees.
struct ResponsesOrder {
  /// A text between its announcement and its end.
  private struct Part {
    var type: String
    var text = ""
    var textDone = false
    var isDone = false
  }

  private struct Item {
    var identity: [JSONTree?]
    var type: String
    var parts: [String: [Part]] = [:]
    var arguments = ""
    var argumentsDone = false
    var done: JSONTree?
  }

  private var violations: [String] = []
  private var sequence = 0
  private var responseID: JSONTree?
  private var items: [Item] = []
  private var terminal: String?
  private var sawError = false

  /// What is wrong with the stream `bytes`; empty when nothing is.
  static func violations(_ bytes: [UInt8]) -> [String] {
    var order = ResponsesOrder()
    for event in EventStream.events(bytes) { order.check(event) }
    if order.terminal == nil { order.violations.append("no terminal event") }
    return order.violations
  }

  private mutating func fail(_ reason: String, _ event: StreamEvent) {
    violations.append("\(reason): \(event.text.prefix(200))")
  }

  private mutating func check(_ event: StreamEvent) {
    guard let json = event.json, let type = json["type"]?.stringValue else { return fail("not an event", event) }
    if event.name != type { fail("event line", event) }
    if json["sequence_number"]?.intValue != sequence { fail("expected number \(sequence)", event) }
    sequence += 1
    if terminal != nil { fail("after the end", event) }
    if responseID == nil, type != "response.created" { fail("before response.created", event) }
    switch type {
    case "response.created", "response.in_progress", "response.queued": checkSnapshot(type, json, event)
    case "response.completed", "response.incomplete", "response.failed": checkTerminal(type, json, event)
    case "error": sawError = true
    case "response.output_item.added": checkAdded(json, event)
    default: checkItemEvent(type, json, event)
    }
  }

  private mutating func checkSnapshot(_ type: String, _ json: JSONTree, _ event: StreamEvent) {
    if type == "response.created", responseID != nil { fail("created twice", event) }
    guard let id = json["response"]?["id"], id == responseID ?? id else { return fail("response id", event) }
    responseID = id
    if json["response"]?["output"]?.arrayValue != [] { fail("output is not empty", event) }
    let status = json["response"]?["status"]?.stringValue
    let isQueued = status == "queued" && type != "response.in_progress"
    if type == "response.queued" ? !isQueued : status != "in_progress" && !isQueued { fail("status", event) }
  }

  private mutating func checkAdded(_ json: JSONTree, _ event: StreamEvent) {
    guard let item = json["item"], let type = item["type"]?.stringValue else { return fail("no item", event) }
    if json["output_index"]?.intValue != items.count { fail("output_index is not the next", event) }
    if item["status"]?.stringValue != "in_progress" { fail("item status", event) }
    items.append(Item(identity: Self.identity(item), type: type))
  }

  private static func identity(_ item: JSONTree) -> [JSONTree?] { ["type", "id", "call_id"].map { item[$0] } }

  // MARK: - Events about an item

  private mutating func checkItemEvent(_ type: String, _ json: JSONTree, _ event: StreamEvent) {
    guard let index = json["output_index"]?.intValue, items.indices.contains(index), items[index].done == nil else {
      return fail("no such open item", event)
    }
    if type == "response.output_item.done" { return checkDone(index, json, event) }
    if json["item_id"] != items[index].identity[1] { fail("item_id", event) }
    let names = type.split(separator: ".").dropFirst().map(String.init)
    switch names.first {
    case "content_part", "reasoning_summary_part": checkPart(index, names, json, event)
    case "output_text", "refusal", "reasoning_text", "reasoning_summary_text":
      if names.last == "added" { return }  // an annotation
      checkText(index, names, json, event)
    case "function_call_arguments", "custom_tool_call_input": checkArguments(index, names, json, event)
    case "web_search_call": if items[index].type != "web_search_call" { fail("kind", event) }
    default: fail("unknown type", event)
    }
  }

  private mutating func checkPart(_ index: Int, _ names: [String], _ json: JSONTree, _ event: StreamEvent) {
    let counter = names[0] == "content_part" ? "content_index" : "summary_index"
    guard let place = json[counter]?.intValue, let type = json["part"]?["type"]?.stringValue else {
      return fail("no part", event)
    }
    var parts = items[index].parts[counter] ?? []
    if names[1] == "added" {
      if place != parts.count { fail("part index", event) }
      parts.append(Part(type: type))
    } else if !parts.indices.contains(place) || !parts[place].textDone || parts[place].isDone {
      fail("part ends at the wrong moment", event)
    } else {
      parts[place].isDone = true
      let text = json["part"]?[type == "refusal" ? "refusal" : "text"]?.stringValue
      if type != parts[place].type || text != parts[place].text { fail("part differs from its text", event) }
    }
    items[index].parts[counter] = parts
  }

  private mutating func checkText(_ index: Int, _ names: [String], _ json: JSONTree, _ event: StreamEvent) {
    let isSummary = names[0] == "reasoning_summary_text"
    let counter = isSummary ? "summary_index" : "content_index"
    let type = isSummary ? "summary_text" : names[0]
    guard let place = json[counter]?.intValue, var parts = items[index].parts[counter],
      parts.indices.contains(place), parts[place].type == type, !parts[place].textDone
    else { return fail("no such open part", event) }
    if names[1] == "delta" {
      parts[place].text += json["delta"]?.stringValue ?? ""
    } else {
      parts[place].textDone = true
      let text = json[type == "refusal" ? "refusal" : "text"]?.stringValue
      if text != parts[place].text { fail("text differs from its deltas", event) }
    }
    items[index].parts[counter] = parts
  }

  private mutating func checkArguments(_ index: Int, _ names: [String], _ json: JSONTree, _ event: StreamEvent) {
    let isFunction = names[0] == "function_call_arguments"
    if items[index].type != (isFunction ? "function_call" : "custom_tool_call") { fail("kind of call", event) }
    if items[index].argumentsDone { fail("arguments are done", event) }
    if names[1] == "delta" {
      items[index].arguments += json["delta"]?.stringValue ?? ""
    } else {
      items[index].argumentsDone = true
      let whole = json[isFunction ? "arguments" : "input"]?.stringValue
      if whole != items[index].arguments { fail("arguments differ from their deltas", event) }
    }
  }

  private mutating func checkDone(_ index: Int, _ json: JSONTree, _ event: StreamEvent) {
    guard let item = json["item"] else { return fail("no item", event) }
    let open = items[index]
    if Self.identity(item) != open.identity { fail("identity changed", event) }
    if open.parts.values.joined().contains(where: { !$0.isDone }) { fail("a part is open", event) }
    if ["function_call", "custom_tool_call"].contains(open.type) {
      let whole = item[open.type == "function_call" ? "arguments" : "input"]?.stringValue
      if !open.argumentsDone || whole != open.arguments { fail("arguments", event) }
    }
    for (counter, list) in [("content_index", "content"), ("summary_index", "summary")] {
      let texts = item[list]?.arrayValue?.map { ($0["text"] ?? $0["refusal"])?.stringValue } ?? []
      if texts != (open.parts[counter] ?? []).map(\.text) { fail("\(list) differs from its parts", event) }
    }
    if !["completed", "incomplete"].contains(item["status"]?.stringValue) { fail("item status", event) }
    items[index].done = item
  }

  // MARK: - The end

  private mutating func checkTerminal(_ type: String, _ json: JSONTree, _ event: StreamEvent) {
    terminal = type
    guard let response = json["response"] else { return fail("no response", event) }
    if response["id"] != responseID { fail("response id", event) }
    if "response.\(response["status"]?.stringValue ?? "")" != type { fail("status", event) }
    guard let output = response["output"]?.arrayValue, output.count == items.count else {
      return fail("output is not complete", event)
    }
    for (item, listed) in zip(items, output) {
      if Self.identity(listed) != item.identity { fail("identity in the output", event) }
      if let done = item.done, done != listed { fail("output differs from the finished item", event) }
      if item.done == nil {
        if type != "response.failed" { fail("an item is open", event) }
        if listed["status"]?.stringValue != "incomplete" { fail("status of an open item", event) }
      }
    }
    switch type {
    case "response.incomplete":
      if response["incomplete_details"]?["reason"]?.stringValue == nil { fail("no reason", event) }
    case "response.failed":
      if !sawError || response["error"]?["message"]?.stringValue == nil { fail("no error", event) }
    default: break
    }
  }
}
