import Wire

/// The event types of a responses stream that the gateway follows; every other type passes unseen.
enum ResponsesEventType: Equatable {
  /// `response.created`, `response.queued`, `response.in_progress`: they carry the response as it stands.
  case snapshot
  case itemAdded, itemDone
  /// The channel is nil when the part itself names it.
  case partAdded(ResponsesPart.Channel?)
  case partDone(isSummary: Bool)
  case textDelta(ResponsesPart.Channel)
  case textDone(ResponsesPart.Channel)
  case annotationAdded
  /// Arguments of a function or MCP call, or the input of a custom tool.
  case argumentsDelta, argumentsDone
  case terminal(ResponsesTerminal)
  case error
  case other

  /// Names of types, the frequent ones first.
  private static let names: [(StaticString, ResponsesEventType)] = [
    ("response.output_text.delta", .textDelta(.outputText)),
    ("response.function_call_arguments.delta", .argumentsDelta),
    ("response.reasoning_summary_text.delta", .textDelta(.summaryText)),
    ("response.reasoning_text.delta", .textDelta(.reasoningText)),
    ("response.custom_tool_call_input.delta", .argumentsDelta),
    ("response.mcp_call_arguments.delta", .argumentsDelta),
    ("response.refusal.delta", .textDelta(.refusal)),
    ("response.created", .snapshot),
    ("response.queued", .snapshot),
    ("response.in_progress", .snapshot),
    ("response.output_item.added", .itemAdded),
    ("response.output_item.done", .itemDone),
    ("response.content_part.added", .partAdded(nil)),
    ("response.content_part.done", .partDone(isSummary: false)),
    ("response.reasoning_summary_part.added", .partAdded(.summaryText)),
    ("response.reasoning_summary_part.done", .partDone(isSummary: true)),
    ("response.output_text.done", .textDone(.outputText)),
    ("response.output_text.annotation.added", .annotationAdded),
    ("response.refusal.done", .textDone(.refusal)),
    ("response.reasoning_text.done", .textDone(.reasoningText)),
    ("response.reasoning_summary_text.done", .textDone(.summaryText)),
    ("response.function_call_arguments.done", .argumentsDone),
    ("response.custom_tool_call_input.done", .argumentsDone),
    ("response.mcp_call_arguments.done", .argumentsDone),
    ("response.completed", .terminal(.completed)),
    ("response.incomplete", .terminal(.incomplete)),
    ("response.failed", .terminal(.failed)),
    ("error", .error),
  ]

  /// The type that the raw string contents at `name` spell; its plain spelling is expected.
  static func read(_ name: Range<Int>, in bytes: Span<UInt8>) -> ResponsesEventType {
    for (candidate, type) in names where bytes.equals(candidate, in: name) { return type }
    return .other
  }
}

/// How a responses stream ended.
package enum ResponsesTerminal: String, Sendable {
  case completed, incomplete, failed
}

/// The members of one event, found in a single walk over it.
struct ResponsesEventFields {
  var type: JSONValue?
  var sequence: JSONValue?
  var outputIndex: JSONValue?
  /// `content_index` or `summary_index`.
  var partIndex: JSONValue?
  var itemID: JSONValue?
  var delta: JSONValue?
  var logprobs: JSONValue?
  /// `text`, `refusal`, `arguments` or `input`: the whole of what the deltas brought.
  var text: JSONValue?
  var item: JSONValue?
  var part: JSONValue?
  var annotation: JSONValue?
  var response: JSONValue?

  init(of object: Range<Int>, in bytes: Span<UInt8>) {
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes) { note(member, in: bytes) }
  }

  /// Sorts a member in by its name, in its plain spelling; the length tells most names apart.
  private mutating func note(_ member: JSONMember, in bytes: Span<UInt8>) {
    func isNamed(_ name: StaticString) -> Bool { bytes.equals(name, in: member.key) }
    switch member.key.count {
    case 4 where isNamed("type"): type = member.value
    case 4 where isNamed("item"): item = member.value
    case 4 where isNamed("part"): part = member.value
    case 4 where isNamed("text"), 5 where isNamed("input"), 7 where isNamed("refusal"), 9 where isNamed("arguments"):
      text = member.value
    case 5 where isNamed("delta"): delta = member.value
    case 7 where isNamed("item_id"): itemID = member.value
    case 8 where isNamed("response"): response = member.value
    case 8 where isNamed("logprobs"): logprobs = member.value
    case 10 where isNamed("annotation"): annotation = member.value
    case 12 where isNamed("output_index"): outputIndex = member.value
    case 13 where isNamed("content_index") || isNamed("summary_index"): partIndex = member.value
    case 15 where isNamed("sequence_number"): sequence = member.value
    default: break
    }
  }
}
