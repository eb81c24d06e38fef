import Wire

/// Details of an answer that chat spells otherwise than responses does; all read from sound JSON.
enum ChatDetails {
  /// The `usage` object for the one of a response, as JSON; empty where the response does not know it.
  ///
  /// An unknown usage is left out, never reported as zero.
  static func usage(_ value: JSONValue?, in source: Span<UInt8>) -> [UInt8] {
    guard let value, let usage = TokenUsage.read(value, in: source), let prompt = usage.prompt,
      let completion = usage.completion
    else { return [] }
    let written = JSONPick.path(["input_tokens_details", "cache_write_tokens"], of: value.range, in: source)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("prompt_tokens", prompt)
    writer.member("completion_tokens", completion)
    writer.member("total_tokens", usage.sum)
    let cached = [("cached_tokens", usage.cached), ("cache_write_tokens", JSONPick.integer(written, in: source))]
    writeCounts("prompt_tokens_details", cached, to: &writer)
    writeCounts("completion_tokens_details", [("reasoning_tokens", usage.reasoning)], to: &writer)
    writer.endObject()
    return writer.bytes
  }

  private static func writeCounts(_ name: String, _ counts: [(name: String, value: Int?)], to writer: inout JSONWriter)
  {
    guard counts.contains(where: { $0.value != nil }) else { return }
    writer.key(name)
    writer.beginObject()
    for count in counts where count.value != nil { writer.member(count.name, count.value) }
    writer.endObject()
  }

  /// The entries of a `logprobs` array as chat has them, separated by commas. Chat wants `bytes` everywhere, which the
  /// events of a response leave out.
  static func logprobs(_ list: Range<Int>, in source: Span<UInt8>) -> [UInt8] {
    var writer = JSONWriter()
    writeLogprobs(list, hasAlternatives: true, to: &writer, in: source)
    return Array(writer.bytes.dropFirst().dropLast())
  }

  private static func writeLogprobs(
    _ list: Range<Int>, hasAlternatives: Bool, to writer: inout JSONWriter, in source: Span<UInt8>
  ) {
    writer.beginArray()
    var cursor = JSONCursor(list, in: source)
    while let entry = cursor.nextElement(in: source) {
      writer.beginObject()
      for name in ["token", "logprob", "bytes"] as [StaticString] {
        writer.key(name.description)
        let value = JSONPick.member(name, of: entry.range, in: source)
        if let value { writer.raw(source.extracting(value.range)) } else { writer.null() }
      }
      if hasAlternatives {
        writer.key("top_logprobs")
        let others = JSONPick.member("top_logprobs", of: entry.range, in: source)
        writeLogprobs(others?.range ?? 0..<0, hasAlternatives: false, to: &writer, in: source)
      }
      writer.endObject()
    }
    writer.endArray()
  }

  /// Appends an annotation as chat has it, with a comma before it unless it is the first. Chat knows citations of pages
  /// alone; what others refer to, such as files of a search, a client of chat cannot have asked for.
  static func appendAnnotation(_ annotation: Range<Int>, in source: Span<UInt8>, to entries: inout [UInt8]) {
    guard let type = JSONPick.member("type", of: annotation, in: source), type.kind == .string,
      JSONString.key(type.contents, in: source, means: "url_citation")
    else { return }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", "url_citation")
    writer.key("url_citation")
    writer.beginObject()
    for name in ["start_index", "end_index", "title", "url"] as [StaticString] {
      guard let value = JSONPick.member(name, of: annotation, in: source) else { continue }
      writer.key(name.description)
      writer.raw(source.extracting(value.range))
    }
    writer.endObject()
    writer.endObject()
    if !entries.isEmpty { entries.append(UInt8(ascii: ",")) }
    entries.append(contentsOf: writer.bytes)
  }
}
