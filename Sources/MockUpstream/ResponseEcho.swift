import Wire

/// What a response object repeats of its request, with OpenAI's defaults for what was not given.
struct ResponseEcho {
  /// The body of the request; nil: the defaults alone.
  let request: JSONTree?

  /// Members from `instructions` to `max_tool_calls`, in the order of the object.
  var limits: String {
    [
      member("instructions"), member("max_output_tokens"), member("max_tool_calls"),
    ].joined(separator: ",")
  }

  /// Members behind the output. Those that have no default are left out, since the published schema does not let them
  /// be null.
  var settings: String {
    let standing = [
      member("parallel_tool_calls", "true"), member("previous_response_id"),
      merged("reasoning", [("effort", "null"), ("summary", "null")]), member("service_tier", #""default""#),
      member("store", "true"), member("temperature", "1.0"),
      merged("text", [("format", #"{"type":"text"}"#), ("verbosity", #""medium""#)]),
      member("tool_choice", #""auto""#), member("tools", "[]"), member("top_logprobs", "0"), member("top_p", "1.0"),
      member("truncation", #""disabled""#), member("metadata", "{}"),
    ]
    let given = ["user", "safety_identifier", "prompt_cache_key"].filter { value(request?[$0]) != nil }
    return (standing + given.map { member($0) }).joined(separator: ",")
  }

  private func member(_ name: String, _ standard: String = "null") -> String {
    "\"\(name)\":\(value(request?[name]) ?? standard)"
  }

  /// An object whose members have defaults of their own.
  private func merged(_ name: String, _ standards: [(name: String, value: String)]) -> String {
    let given = request?[name]
    let members = standards.map { "\"\($0.name)\":\(value(given?[$0.name]) ?? $0.value)" }
    return "\"\(name)\":{\(members.joined(separator: ","))}"
  }

  private func value(_ tree: JSONTree?) -> String? {
    guard let tree, tree != .null else { return nil }
    return String(decoding: tree.encoded, as: UTF8.self)
  }
}
