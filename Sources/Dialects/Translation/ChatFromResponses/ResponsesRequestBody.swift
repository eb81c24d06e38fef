import Policy
import Wire

/// A chat completions request as the request to an upstream that has only the responses API.
///
/// What both APIs know goes where the other one has it. What only tunes an answer and has no counterpart is left out
/// (`seed`, `logit_bias`, penalties, `prediction`, a message's `name` and reasoning); what would change its meaning is
/// refused. Members that neither API knows are passed on as they are: vendors have their own.
package struct ResponsesRequestBody: Sendable {
  /// The request's body.
  package var body: [UInt8] { writer.bytes }
  /// Whether the client asked for the usage chunk.
  package let includesUsage: Bool
  /// Whether the client declared its tools as the deprecated `functions`, and expects `function_call` in the answer.
  package let usesFunctions: Bool

  private let request: JSONTree
  var writer = JSONWriter(capacity: 4096)
  /// Ids of calls of custom tools, whose outputs are items of their own kind.
  var customCalls: Set<String> = []
  /// The ids given to calls in the deprecated form, which have none, by name: those that have had no answer yet.
  var functionCalls: [String: ArraySlice<String>] = [:]

  /// Members with the same name and meaning in both APIs.
  private static let shared = [
    "temperature", "top_p", "metadata", "service_tier", "user", "safety_identifier", "prompt_cache_key",
    "prompt_cache_options", "prompt_cache_retention", "moderation",
  ]
  /// Members that are translated, refused or left out.
  private static let own: Set<String> = [
    "model", "messages", "stream", "stream_options", "n", "tools", "tool_choice", "parallel_tool_calls", "functions",
    "function_call", "max_completion_tokens", "max_tokens", "logprobs", "top_logprobs", "response_format", "verbosity",
    "reasoning_effort", "reasoning", "store", "web_search_options", "stop", "audio", "modalities", "seed", "logit_bias",
    "frequency_penalty", "presence_penalty", "prediction", "fallbacks",
  ]
  /// What has a meaning in the responses API alone. Passing it on would let a chat call do what it cannot, such as
  /// reading what another client has stored at the upstream.
  private static let foreign: Set<String> = [
    "input", "instructions", "previous_response_id", "conversation", "background", "prompt", "text", "include",
    "truncation", "max_output_tokens", "max_tool_calls", "context_management",
  ]

  /// Translates `request`, the body of a chat completions call.
  ///
  /// - Parameters:
  ///   - model: the upstream's name of the model.
  ///   - stream: whether the upstream is asked for a stream.
  /// - Throws: `unsupportedParameter`, `invalidValue` or `missingRequiredParameter`, with the parameter's path.
  package init(chat request: JSONTree, model: String, stream: Bool) throws(Failure) {
    self.request = request
    includesUsage = request["stream_options"]?["include_usage"]?.boolValue ?? false
    usesFunctions = request["functions"]?.arrayValue?.isEmpty == false
    try refuseWhatHasNoCounterpart()
    writer.beginObject()
    writer.member("model", model)
    writer.key("input")
    try writeMessages(Self.list(request["messages"], "messages", isRequired: true))
    try writeTools()
    try writeText()
    writeReasoning()
    try writeLogprobs()
    if let limit = given("max_completion_tokens") ?? given("max_tokens") { write("max_output_tokens", limit) }
    // A response is stored unless it says otherwise, a chat completion is not.
    write("store", given("store") ?? .bool(false))
    writer.member("stream", stream)
    if stream, let padding = request["stream_options"]?["include_obfuscation"]?.boolValue {
      write("stream_options", .object([.init("include_obfuscation", .bool(padding))]))
    }
    writeOthers()
    writer.endObject()
  }

  // MARK: - Reading

  /// The member `name` of the request; `null` counts as absent.
  func given(_ name: String) -> JSONTree? { request.given(name) }

  static func given(_ value: JSONTree?) -> JSONTree? { value == .null ? nil : value }

  static func list(_ value: JSONTree?, _ param: String, isRequired: Bool = false) throws(Failure) -> [JSONTree] {
    guard let value = given(value) else {
      if isRequired { throw .missing(param) }
      return []
    }
    guard let list = value.arrayValue else { throw .invalid(param, "a list is expected") }
    return list
  }

  static func text(_ value: JSONTree?, _ param: String) throws(Failure) -> String {
    guard let value = given(value) else { throw .missing(param) }
    guard let text = value.stringValue else { throw .invalid(param, "a string is expected") }
    return text
  }

  static func unsupported(_ param: String, _ reason: String = "it has no counterpart there") -> Failure {
    Failure(
      .unsupportedParameter,
      message: "This model's upstream has only the responses API, where '\(param)' cannot be had: \(reason).",
      param: param)
  }

  // MARK: - Members

  private func refuseWhatHasNoCounterpart() throws(Failure) {
    guard let members = request.objectValue else { throw .invalid("messages", "an object is expected") }
    if let count = given("n"), count.intValue != 1 { throw Self.unsupported("n", "it gives one choice") }
    if let stop = given("stop"), stop.arrayValue?.isEmpty != true { throw Self.unsupported("stop") }
    if given("audio") != nil { throw Self.unsupported("audio") }
    if let modalities = given("modalities")?.arrayValue, modalities.contains(where: { $0 != .string("text") }) {
      throw Self.unsupported("modalities", "it answers with text")
    }
    for member in members where Self.foreign.contains(member.name) && member.value != .null {
      throw Self.unsupported(member.name, "it is no parameter of chat completions")
    }
  }

  private mutating func writeText() throws(Failure) {
    let verbosity = given("verbosity")
    guard verbosity != nil || given("response_format") != nil else { return }
    writer.key("text")
    writer.beginObject()
    if let format = given("response_format") {
      switch try Self.text(format["type"], "response_format.type") {
      case "text", "json_object": write("format", .object([.init("type", format["type"] ?? .null)]))
      case "json_schema":
        guard let schema = format["json_schema"]?.objectValue else {
          throw .missing("response_format.json_schema")
        }
        writer.key("format")
        writer.beginObject()
        writer.member("type", "json_schema")
        for member in schema where member.value != .null { write(member.name, member.value) }
        if format["json_schema"]?["schema"] == nil { write("schema", .object([])) }
        writer.endObject()
      default: throw Self.unsupported("response_format.type")
      }
    }
    if let verbosity { write("verbosity", verbosity) }
    writer.endObject()
  }

  /// `reasoning` is no parameter of chat, but some vendors' clients send it, in the form that responses has.
  private mutating func writeReasoning() {
    let effort = given("reasoning_effort")
    guard let effort else {
      if let reasoning = given("reasoning") { write("reasoning", reasoning) }
      return
    }
    let others = request["reasoning"]?.objectValue?.filter { $0.name != "effort" } ?? []
    write("reasoning", .object([.init("effort", effort)] + others))
  }

  private mutating func writeLogprobs() throws(Failure) {
    let top = given("top_logprobs")
    guard given("logprobs") == .bool(true) else {
      if let top, top.intValue != 0 { throw .invalid("top_logprobs", "it needs 'logprobs' to be true") }
      return
    }
    write("include", .array([.string("message.output_text.logprobs")]))
    if let top { write("top_logprobs", top) }
  }

  private mutating func writeOthers() {
    for name in Self.shared {
      if let value = given(name) { write(name, value) }
    }
    for member in request.members(without: Self.own.union(Self.foreign).union(Self.shared)) {
      write(member.name, member.value)
    }
  }

  mutating func write(_ name: String, _ value: JSONTree) {
    writer.key(name)
    value.write(to: &writer)
  }
}
