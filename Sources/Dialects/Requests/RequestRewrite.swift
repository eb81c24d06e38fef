import Wire

/// The few changes that a relayed request may need; every byte that is not changed stays as it was sent.
package enum RequestRewrite {
  /// `body` with the model renamed to `model` and, with `forcesStream`, `"stream":true`; with `asksForUsage`, also
  /// `"stream_options":{"include_usage":true}`, other stream options kept.
  ///
  /// All top-level members of the name are replaced, because readers differ in which duplicate counts. Without a
  /// `model` member nothing is renamed. `peek` must have been read from these very bytes.
  package static func applying(
    model: String?, forcesStream: Bool = false, asksForUsage: Bool = false, to body: [UInt8], peek: RequestPeek
  ) -> [UInt8] {
    var edits: [JSONEdit] = []
    if let model {
      let name = JSONEscape.quoted(model)
      edits += peek.modelRanges.map { JSONEdit($0, name) }
    }
    // Insertions stand at the same place; they end up in the order in which they are listed.
    if asksForUsage { edits += usageEdits(body, peek) }
    if forcesStream {
      let yes = Array("true".utf8)
      if peek.streamRanges.isEmpty {
        edits.append(JSONSplice.insertion(of: "stream", value: yes, intoObject: peek.root, in: body.span))
      } else {
        edits += peek.streamRanges.map { JSONEdit($0, yes) }
      }
    }
    return edits.isEmpty ? body : JSONSplice.applying(edits, to: body)
  }

  private static func usageEdits(_ body: [UInt8], _ peek: RequestPeek) -> [JSONEdit] {
    let whole = Array(#"{"include_usage":true}"#.utf8)
    guard !peek.streamOptionRanges.isEmpty else {
      return [JSONSplice.insertion(of: "stream_options", value: whole, intoObject: peek.root, in: body.span)]
    }
    return peek.streamOptionRanges.map { range in
      guard body[range.lowerBound] == UInt8(ascii: "{") else { return JSONEdit(range, whole) }
      let yes = Array("true".utf8)
      if let value = JSONPick.member("include_usage", of: range, in: body.span) { return JSONEdit(value.range, yes) }
      return JSONSplice.insertion(of: "include_usage", value: yes, intoObject: range, in: body.span)
    }
  }

  /// `body` with an assistant message of `text` behind the last of its `messages`, for an upstream that continues such
  /// a message; nil where there are none.
  ///
  /// - Parameter text: the escaped contents of the message's content.
  package static func prefilling(_ text: [UInt8], in body: [UInt8]) -> [UInt8]? {
    guard let messages = JSONPick.member("messages", of: 0..<body.count, in: body.span), messages.kind == .array,
      JSONScan.hasEntries(messages, in: body.span)
    else { return nil }
    var message = JSONWriter(capacity: text.count + 64)
    message.beginObject()
    message.member("role", "assistant")
    message.key("content")
    message.escapedString(text)
    message.endObject()
    let end = messages.range.upperBound - 1
    return JSONSplice.applying([JSONEdit(end..<end, [UInt8(ascii: ",")] + message.bytes)], to: body)
  }

  /// The multipart `body` with the value of its `model` field replaced; all other bytes, the boundary included, stay.
  ///
  /// A name with a line end, which would break the part's framing, changes nothing.
  package static func applying(model: String, to body: [UInt8], peek: MultipartPeek) -> [UInt8] {
    guard let range = peek.modelRange, !model.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return body }
    return JSONSplice.replacing(range, with: Array(model.utf8), in: body)
  }
}
