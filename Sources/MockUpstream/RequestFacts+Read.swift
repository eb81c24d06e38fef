import Wire

extension RequestFacts {
  /// Reads path, query and body. Nothing here fails: what cannot be read keeps its default, since a mock answers
  /// whatever a gateway lets through.
  static func read(method: String, target: String, contentType: String, body: [UInt8]) -> RequestFacts {
    var facts = RequestFacts()
    if contentType.hasPrefix("multipart/form-data") {
      facts.parts = Multipart.parse(body, contentType: contentType) ?? []
      facts.model = facts.parts.first { $0.name == "model" }?.text ?? ""
    } else if let root = try? JSONTree.parse(body.span) {
      facts.read(root)
    }
    if facts.model.isEmpty {
      let path = String(target.prefix { $0 != "?" })
      facts.model = query("model", of: target) ?? Endpoint(method: method, path: path).id ?? ""
    }
    return facts
  }

  private mutating func read(_ root: JSONTree) {
    model = root["model"]?.stringValue ?? ""
    stream = root["stream"]?.boolValue ?? false
    includeUsage = root["stream_options"]?["include_usage"]?.boolValue ?? false
    let include = root["include"]?.arrayValue ?? []
    logprobs = root["logprobs"]?.boolValue ?? include.contains(.string("message.output_text.logprobs"))
    isBackground = root["background"]?.boolValue ?? false
    encodingFormat = root["encoding_format"]?.stringValue
    dimensions = root["dimensions"]?.intValue
    let input = root["input"]
    inputCount = max(input?.arrayValue?.count ?? 1, 1)
    let messages = root["messages"]?.arrayValue ?? input?.arrayValue ?? []
    lastText = messages.last?["content"]?.stringValue ?? input?.stringValue ?? root["prompt"]?.stringValue
  }

  /// The percent-decoded value of a query parameter.
  static func query(_ name: String, of target: String) -> String? {
    let query = target.drop { $0 != "?" }.dropFirst()
    let pair = query.split(separator: "&").first { $0.hasPrefix(name + "=") }
    return pair.flatMap { percentDecoded($0.dropFirst(name.count + 1)) }
  }
}
