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
}
