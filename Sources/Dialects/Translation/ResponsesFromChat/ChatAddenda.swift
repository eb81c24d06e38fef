import Wire

/// What a chat answer has beside its text, in the spelling of the responses API.
enum ChatAddenda {
  /// The `usage` of a response; nil where the upstream counted nothing.
  static func usage(_ bytes: [UInt8]) -> [UInt8]? {
    let value = JSONScan.value(bytes.span)
    guard let value, let usage = TokenUsage.read(value, in: bytes.span), usage.prompt != nil || usage.completion != nil
    else { return nil }
    let written = JSONPick.path(["prompt_tokens_details", "cache_write_tokens"], of: value.range, in: bytes.span)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("input_tokens", usage.prompt ?? 0)
    writer.key("input_tokens_details")
    writer.beginObject()
    writer.member("cached_tokens", usage.cached ?? 0)
    writer.member("cache_write_tokens", JSONPick.integer(written, in: bytes.span) ?? 0)
    writer.endObject()
    writer.member("output_tokens", usage.completion ?? 0)
    writer.key("output_tokens_details")
    writer.beginObject()
    writer.member("reasoning_tokens", usage.reasoning ?? 0)
    writer.endObject()
    writer.member("total_tokens", usage.sum)
    writer.endObject()
    return writer.bytes
  }

  // MARK: - Annotations

  /// An annotation: what the chat API nests under the name of its type stands beside the type; nil for damage.
  static func annotation(_ value: JSONValue, in source: Span<UInt8>) -> [UInt8]? {
    guard value.kind == .object, JSONScan.isSound(source.extracting(value.range)),
      let type = JSONPick.string(JSONPick.member("type", of: value.range, in: source), in: source)
    else { return nil }
    guard type == "url_citation",
      let nested = JSONPick.member("url_citation", of: value.range, in: source), nested.kind == .object
    else { return [UInt8](copying: value.range, of: source) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", type)
    for name in ["start_index", "end_index"] as [StaticString] {
      writer.member(
        name.description, JSONPick.integer(JSONPick.member(name, of: nested.range, in: source), in: source) ?? 0)
    }
    for name in ["title", "url"] as [StaticString] {
      writer.member(
        name.description, JSONPick.string(JSONPick.member(name, of: nested.range, in: source), in: source) ?? "")
    }
    writer.endObject()
    return writer.bytes
  }

  // MARK: - Log probabilities

  /// The entries of a `content` list of log probabilities, separated by commas.
  static func logprobs(_ list: JSONValue?, in source: Span<UInt8>) -> [UInt8] {
    guard let list, list.kind == .array else { return [] }
    var writer = JSONWriter()
    var cursor = JSONCursor(list.range, in: source)
    while let entry = cursor.nextElement(in: source) {
      guard entry.kind == .object else { continue }
      writer.beginObject()
      writeLogprob(entry.range, in: source, to: &writer)
      writer.key("top_logprobs")
      writer.beginArray()
      if let top = JSONPick.member("top_logprobs", of: entry.range, in: source) {
        var alternatives = JSONCursor(top.range, in: source)
        while let alternative = alternatives.nextElement(in: source) {
          guard alternative.kind == .object else { continue }
          writer.beginObject()
          writeLogprob(alternative.range, in: source, to: &writer)
          writer.endObject()
        }
      }
      writer.endArray()
      writer.endObject()
    }
    return writer.bytes
  }

  private static func writeLogprob(_ entry: Range<Int>, in source: Span<UInt8>, to writer: inout JSONWriter) {
    let token = JSONPick.string(JSONPick.member("token", of: entry, in: source), in: source) ?? ""
    writer.member("token", token)
    writer.key("logprob")
    if let number = JSONPick.member("logprob", of: entry, in: source), number.kind == .number,
      JSONScan.isSound(source.extracting(number.range))
    {
      writer.raw(source.extracting(number.range))
    } else {
      // What OpenAI writes for the least likely ones; some servers spell it -Infinity or null.
      writer.double(-9999)
    }
    writer.key("bytes")
    if let bytes = JSONPick.member("bytes", of: entry, in: source), bytes.kind == .array,
      JSONScan.isSound(source.extracting(bytes.range))
    {
      writer.raw(source.extracting(bytes.range))
    } else {
      writer.beginArray()
      for byte in token.utf8 { writer.integer(Int(byte)) }
      writer.endArray()
    }
  }
}
