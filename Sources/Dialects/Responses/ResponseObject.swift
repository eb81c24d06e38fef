import Wire

/// The `response` object of the responses API.
enum ResponseObject {
  /// A whole response with nothing in it yet, all members present, status `in_progress`.
  static func empty(_ identity: SeenIdentity = SeenIdentity(), fallback: StreamIdentity) -> [UInt8] {
    var writer = JSONWriter(capacity: 640)
    writer.beginObject()
    identity.write(to: &writer, object: "response", createdName: "created_at", fallback: fallback)
    writer.member("status", "in_progress")
    writer.member("background", false)
    for name in ["error", "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls"] {
      writer.member(name, nil as String?)
    }
    writer.member("output", raw: Array("[]".utf8))
    writer.member("parallel_tool_calls", true)
    writer.member("previous_response_id", nil as String?)
    writer.member("reasoning", raw: Array(#"{"effort":null,"summary":null}"#.utf8))
    writer.member("store", false)
    writer.key("temperature")
    writer.double(1)
    writer.member("text", raw: Array(#"{"format":{"type":"text"}}"#.utf8))
    writer.member("tool_choice", "auto")
    writer.member("tools", raw: Array("[]".utf8))
    writer.key("top_p")
    writer.double(1)
    writer.member("truncation", "disabled")
    writer.member("usage", nil as String?)
    writer.member("user", nil as String?)
    writer.member("metadata", raw: Array("{}".utf8))
    writer.endObject()
    return writer.bytes
  }

  /// The JSON object `bytes` with the members `changes` set: replaced where they are, else added at the end.
  static func changing(_ bytes: [UInt8], _ changes: [(name: StaticString, value: [UInt8])]) -> [UInt8] {
    var writer = JSONWriter(capacity: changes.reduce(bytes.count + 64) { $0 + $1.value.count })
    var missing = changes
    writer.beginObject()
    var cursor = JSONCursor(0..<bytes.count, in: bytes.span)
    while let member = cursor.nextMember(in: bytes.span) {
      writer.key(JSONString.decode(member.key, in: bytes.span))
      if let change = changes.first(where: { JSONString.key(member.key, in: bytes.span, means: $0.name) }) {
        writer.raw(change.value)
        missing.removeAll { JSONString.key(member.key, in: bytes.span, means: $0.name) }
      } else {
        writer.raw(bytes.span.extracting(member.value.range))
      }
    }
    for change in missing { writer.member(change.name.description, raw: change.value) }
    writer.endObject()
    return writer.bytes
  }
}
