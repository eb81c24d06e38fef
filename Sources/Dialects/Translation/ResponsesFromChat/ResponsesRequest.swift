import Policy
import Wire

/// A responses request that is to be answered through chat completions: read, checked, and ready to be written as a
/// chat request (`chatBody`) and echoed in the response.
///
/// Refused is what would change the answer's meaning and has no counterpart in the chat API. Left out is what only
/// affects quality or cost (docs/responses.md has the list); members that the API does not know are passed on.
package struct ResponsesRequest: Sendable {
  /// The model that was asked for.
  package let model: String
  /// The items of `input`, each with a type and an id; references stand as they came until `resolve`.
  package private(set) var input: [JSONTree]
  /// The system's words for this answer alone; an earlier response's are not inherited.
  package let instructions: String?
  /// The response that this one goes on from.
  package let previousResponseID: String?
  /// The conversation that this response belongs to; never together with `previousResponseID`.
  package let conversationID: String?
  /// Whether the response is to be kept; true unless the request says otherwise.
  package let store: Bool
  /// Whether the caller does not wait for the answer.
  package let background: Bool
  /// Whether the caller wants events.
  package let stream: Bool
  /// Whether log probabilities were asked for.
  package let includesLogprobs: Bool

  let tools: ToolTable
  let format: JSONTree?
  let body: JSONTree

  /// Reads a request body.
  ///
  /// - Parameter ids: makes the ids of input items that have none; the same that the translator gets.
  /// - Throws: `.invalidJSON`, `.missingRequiredParameter`, `.invalidType`, `.invalidValue` or
  ///   `.unsupportedParameter`, with the path of the parameter at fault.
  package static func read(_ bytes: Span<UInt8>, ids: AnswerIDs) throws(Failure) -> ResponsesRequest {
    let tree: JSONTree
    do throws(JSONFailure) {
      tree = try JSONTree.parse(bytes)
    } catch {
      throw Failure(.invalidJSON, message: "The request body is not valid JSON: \(error.reason).")
    }
    guard tree.objectValue != nil else { throw Failure(.invalidJSON) }
    return try ResponsesRequest(tree, ids)
  }

  private init(_ tree: JSONTree, _ ids: AnswerIDs) throws(Failure) {
    let fields = RequestFields(tree)
    body = tree
    model = try fields.requiredString("model")
    previousResponseID = try fields.string("previous_response_id")
    conversationID = try Self.conversation(fields)
    if previousResponseID != nil, conversationID != nil {
      throw fields.invalid("previous_response_id", "it cannot be combined with 'conversation'")
    }
    input = try InputItems.read(tree["input"], ids: ids)
    if input.isEmpty, previousResponseID == nil, conversationID == nil { throw fields.missing("input") }
    instructions = try fields.string("instructions")
    store = try fields.bool("store") ?? true
    background = try fields.bool("background") ?? false
    stream = try fields.bool("stream") ?? false
    includesLogprobs = try Self.include(fields).contains("message.output_text.logprobs")
    tools = try ToolTable(fields)
    format = try Self.format(fields)
    try Self.check(fields)
    _ = try Metadata.read(tree)
  }

  private static func conversation(_ fields: RequestFields) throws(Failure) -> String? {
    if let id = fields["conversation"]?.stringValue { return id }
    return try fields.object("conversation")?.requiredString("id")
  }

  /// What the API can be asked to include. All but the log probabilities comes from what chat does not have.
  private static let includable = [
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
    "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    "reasoning.encrypted_content", "message.output_text.logprobs",
  ]

  private static func include(_ fields: RequestFields) throws(Failure) -> [String] {
    var names: [String] = []
    for (index, value) in (try fields.list("include") ?? []).enumerated() {
      guard let name = value.stringValue, includable.contains(name) else {
        throw fields.invalid(
          "include[\(index)]", "supported are " + includable.map { "'\($0)'" }.joined(separator: ", "))
      }
      names.append(name)
    }
    return names
  }

  /// `text.format` in the chat API's spelling; nil for plain text.
  private static func format(_ fields: RequestFields) throws(Failure) -> JSONTree? {
    guard let format = try fields.object("text")?.object("format") else { return nil }
    switch try format.requiredString("type") {
    case "text": return nil
    case "json_object": return .object([.init("type", .string("json_object"))])
    case "json_schema":
      var members: [JSONTree.Member] = [.init("name", .string(try format.requiredString("name")))]
      guard let schema = format["schema"], try format.object("schema") != nil else { throw format.missing("schema") }
      if let description = try format.string("description") {
        members.append(.init("description", .string(description)))
      }
      members.append(.init("schema", schema))
      if let strict = try format.bool("strict") { members.append(.init("strict", .bool(strict))) }
      return .object([.init("type", .string("json_schema")), .init("json_schema", .object(members))])
    default: throw format.invalid("type", "supported are 'text', 'json_object' and 'json_schema'")
    }
  }

  /// Checks what is passed on or echoed, and refuses what has no counterpart.
  private static func check(_ fields: RequestFields) throws(Failure) {
    for name in ["temperature", "top_p"] { _ = try fields.number(name) }
    _ = try fields.integer("max_output_tokens", in: 1...Int(Int32.max))
    _ = try fields.integer("top_logprobs", in: 0...20)
    _ = try fields.bool("parallel_tool_calls")
    _ = try fields.object("reasoning")?.string("effort")
    for name in ["user", "service_tier", "safety_identifier", "prompt_cache_key"] { _ = try fields.string(name) }
    guard ["auto", "disabled"].contains(try fields.string("truncation") ?? "auto") else {
      throw fields.invalid("truncation", "supported are 'auto' and 'disabled'")
    }
    if fields["prompt"] != nil { throw fields.unsupported("prompt", "no stored prompts") }
    if fields["moderation"] != nil { throw fields.unsupported("moderation", "no moderation on the way") }
    if let list = try fields.list("context_management"), !list.isEmpty {
      throw fields.unsupported("context_management", "no compaction")
    }
    for name in ChatFields.reserved where fields[name] != nil {
      throw Failure(
        .unsupportedParameter, message: "Unknown parameter: '\(name)' belongs to the chat completions API.", param: name
      )
    }
  }

  // MARK: - References

  /// Puts the items themselves in the places of the references to them.
  ///
  /// - Parameter item: the stored item with an id, nil where there is none.
  /// - Throws: `.itemNotFound`; `.invalidValue` for a second reference to the same item.
  package mutating func resolve(_ item: (String) -> JSONTree?) throws(Failure) {
    var seen: Set<String> = []
    for place in input.indices where InputItems.type(of: input[place]) == "item_reference" {
      let id = input[place]["id"]?.stringValue ?? ""
      guard let found = item(id) else {
        throw Failure(
          .itemNotFound, message: "Item with id '\(id.prefix(100))' not found.", param: "input[\(place)].id")
      }
      guard seen.insert(id).inserted else { throw ItemReferences.duplicate(id, at: place) }
      input[place] = found
    }
  }
}
