import Wire

/// The few changes that a relayed request may need; every byte that is not changed stays as it was sent.
package enum RequestRewrite {
  /// `body` with the model renamed to `model` and, with `forcesStream`, `"stream":true`.
  ///
  /// All top-level members of the name are replaced, because readers differ in which duplicate counts. Without a
  /// `model` member nothing is renamed. `peek` must have been read from these very bytes.
  package static func applying(
    model: String?, forcesStream: Bool = false, to body: [UInt8], peek: RequestPeek
  ) -> [UInt8] {
    var edits: [JSONEdit] = []
    if let model {
      let name = JSONEscape.quoted(model)
      edits += peek.modelRanges.map { JSONEdit($0, name) }
    }
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

  /// The multipart `body` with the value of its `model` field replaced; all other bytes, the boundary included, stay.
  ///
  /// A name with a line end, which would break the part's framing, changes nothing.
  package static func applying(model: String, to body: [UInt8], peek: MultipartPeek) -> [UInt8] {
    guard let range = peek.modelRange, !model.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return body }
    return JSONSplice.replacing(range, with: Array(model.utf8), in: body)
  }
}
