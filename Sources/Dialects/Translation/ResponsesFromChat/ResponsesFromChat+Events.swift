import Wire

extension ResponsesFromChat {
  /// Appends an event of `type` whose further members `body` writes.
  mutating func emit(_ type: String, into out: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
    guard !isMute else { return }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", type)
    writer.member("sequence_number", sequence)
    body(&writer)
    writer.endObject()
    sequence += 1
    // Without a look at each byte of a long text: JSON that is written here has no line ends.
    out.append(contentsOf: "event: ".utf8)
    out.append(contentsOf: type.utf8)
    out.append(contentsOf: "\ndata: ".utf8)
    out.append(contentsOf: writer.bytes)
    out.append(contentsOf: "\n\n".utf8)
  }

  /// Appends an event that carries the response as it stands.
  mutating func emitResponse(_ type: String, into out: inout [UInt8]) {
    guard !isMute else { return }
    let response = answer()
    emit(type, into: &out) { $0.member("response", raw: response) }
  }

  /// Appends an event that brings a piece of text; the cheapest way there is, because there is one for each token.
  ///
  /// - Parameters:
  ///   - head: the event up to its number.
  ///   - middle: from there to the piece.
  ///   - tail: what follows the piece.
  mutating func emitDelta(
    _ head: String, _ middle: [UInt8], _ piece: ArraySlice<UInt8>, _ tail: String, into out: inout [UInt8]
  ) {
    guard !isMute, !piece.isEmpty else { return }
    out.append(contentsOf: head.utf8)
    out.append(contentsOf: String(sequence).utf8)
    out.append(contentsOf: middle)
    out.append(contentsOf: piece)
    out.append(contentsOf: tail.utf8)
    sequence += 1
  }
}

extension ResponsesPart.Channel {
  /// The event that brings a piece of the text, up to its number.
  var deltaHead: String {
    switch self {
    case .outputText:
      "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":"
    case .refusal: "event: response.refusal.delta\ndata: {\"type\":\"response.refusal.delta\",\"sequence_number\":"
    case .reasoningText:
      "event: response.reasoning_text.delta\ndata: {\"type\":\"response.reasoning_text.delta\",\"sequence_number\":"
    case .summaryText:
      "event: response.reasoning_summary_text.delta\ndata: "
        + "{\"type\":\"response.reasoning_summary_text.delta\",\"sequence_number\":"
    }
  }

  /// The same event behind the piece, where there are no log probabilities.
  var deltaTail: String { self == .outputText ? "\",\"logprobs\":[]}\n\n" : "\"}\n\n" }

  /// The event that announces the part.
  var partAddedEvent: String {
    isSummary ? "response.reasoning_summary_part.added" : "response.content_part.added"
  }
}
