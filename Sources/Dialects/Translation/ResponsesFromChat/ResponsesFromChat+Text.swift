import Wire

/// Reasoning, text and refusals.
extension ResponsesFromChat {
  /// Takes a delta, or a whole message. What leads to an answer comes before it, and the calls come behind.
  mutating func take(_ delta: Range<Int>, logprobs: JSONValue?, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    let fields = ChatDelta(of: delta, in: bytes)
    if let text = fields.reasoningText {
      add(text, to: .summaryText, in: bytes, into: &out)
    } else if let details = fields.reasoningDetails, details.kind == .array {
      takeReasoningDetails(details.range, in: bytes, into: &out)
    }
    if let content = fields.content, content.kind != .null {
      takeLogprobs(logprobs, in: bytes)
      takeContent(content, in: bytes, into: &out)
    }
    if let list = fields.annotations, list.kind == .array { takeAnnotations(list.range, in: bytes, into: &out) }
    if let refusal = fields.refusal { add(refusal, to: .refusal, in: bytes, into: &out) }
    if let list = fields.toolCalls, list.kind == .array { takeCalls(list.range, in: bytes, into: &out) }
    if let call = fields.functionCall, call.kind == .object {
      take(CallFragment(functionCall: call.range, in: bytes), in: bytes, into: &out)
    }
  }

  private mutating func takeReasoningDetails(_ list: Range<Int>, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    var cursor = JSONCursor(list, in: bytes)
    while let detail = cursor.nextElement(in: bytes) {
      let text =
        JSONPick.member("text", of: detail.range, in: bytes) ?? JSONPick.member("summary", of: detail.range, in: bytes)
      if let text { add(text, to: .summaryText, in: bytes, into: &out) }
    }
  }

  /// Takes the content, which Mistral sends as a list of parts, some of them thoughts.
  private mutating func takeContent(_ content: JSONValue, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    guard content.kind == .array else { return add(content, to: .outputText, in: bytes, into: &out) }
    var cursor = JSONCursor(content.range, in: bytes)
    while let part = cursor.nextElement(in: bytes) {
      if let text = JSONPick.member("text", of: part.range, in: bytes) {
        add(text, to: .outputText, in: bytes, into: &out)
      } else if let thinking = JSONPick.member("thinking", of: part.range, in: bytes) {
        takeReasoningDetails(thinking.range, in: bytes, into: &out)
      }
    }
  }

  /// Keeps log probabilities for the next piece of text: tokens that are only a part of a character have none.
  private mutating func takeLogprobs(_ logprobs: JSONValue?, in bytes: Span<UInt8>) {
    guard wantsLogprobs, let logprobs, logprobs.kind == .object else { return }
    let entries = ChatAddenda.logprobs(JSONPick.member("content", of: logprobs.range, in: bytes), in: bytes)
    heldBytes += entries.count
    Self.append(entries, to: &waitingLogprobs)
  }

  /// Appends elements of a list to those that there are.
  private static func append(_ elements: [UInt8], to list: inout [UInt8]) {
    if !list.isEmpty, !elements.isEmpty { list.append(UInt8(ascii: ",")) }
    list += elements
  }

  /// Takes a piece of text; what is no string, or empty, says nothing.
  private mutating func add(
    _ value: JSONValue, to channel: ResponsesPart.Channel, in bytes: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard value.kind == .string, !value.contents.isEmpty else { return }
    if openChannel != channel { begin(channel, into: &out) }
    let item = texts.count - 1
    let part = texts[item].parts.count - 1
    heldBytes += value.contents.count
    emitText(texts[item].parts[part].text.append(value, in: bytes), channel, into: &out)
  }

  /// Sends a piece of the open text on, with what is known of its tokens.
  private mutating func emitText(
    _ piece: Range<Int>, _ channel: ResponsesPart.Channel, into out: inout [UInt8]
  ) {
    let item = texts.count - 1
    let part = texts[item].parts.count - 1
    var tail = channel.deltaTail
    if channel == .outputText, !waitingLogprobs.isEmpty, !piece.isEmpty {
      tail = "\",\"logprobs\":[" + String(decoding: waitingLogprobs, as: UTF8.self) + "]}\n\n"
      keepLogprobs(item, part)
    }
    emitDelta(
      channel.deltaHead, texts[item].parts[part].deltaMiddle, texts[item].parts[part].text.bytes[piece], tail,
      into: &out)
  }

  private mutating func keepLogprobs(_ item: Int, _ part: Int) {
    Self.append(waitingLogprobs, to: &texts[item].parts[part].logprobs)
    waitingLogprobs = []
  }

  // MARK: - Beginning and ending

  /// Begins a text of another kind than the one that is open. Text and refusals share a message.
  private mutating func begin(_ channel: ResponsesPart.Channel, into out: inout [UInt8]) {
    if let openChannel, !openChannel.isSummary, !channel.isSummary {
      endPart(into: &out)
    } else {
      endText(as: .completed, into: &out)
      endWholeCalls(into: &out)
      texts.append(AnswerText(isReasoning: channel.isSummary, outputIndex: output.count, ids: ids))
      output.append(.text(texts.count - 1))
      heldBytes += Self.itemBytes
      emitItem("response.output_item.added", output.count - 1, into: &out)
    }
    let item = texts.count - 1
    texts[item].begin(channel)
    openChannel = channel
    emitPart(channel.partAddedEvent, into: &out)
    addWaitingAnnotations(into: &out)
  }

  /// Ends the part that is open: its text, then itself.
  private mutating func endPart(into out: inout [UInt8]) {
    guard let channel = openChannel else { return }
    let item = texts.count - 1
    let part = texts[item].parts.count - 1
    emitText(texts[item].parts[part].text.finish(), channel, into: &out)
    if channel == .outputText { keepLogprobs(item, part) }
    let (text, done) = (texts[item], texts[item].parts[part])
    emit(channel.textDoneEvent, into: &out) { event in
      text.writePlace(of: part, to: &event)
      event.key(channel.textName)
      event.escapedString(done.text.bytes)
      if channel == .outputText {
        event.member("logprobs", elements: done.logprobs)
      }
    }
    emitPart(channel.partDoneEvent, into: &out)
    openChannel = nil
  }

  /// Ends the message or reasoning that is open, if one is.
  mutating func endText(as status: AnswerStatus, into out: inout [UInt8]) {
    guard openChannel != nil else { return }
    endPart(into: &out)
    let item = texts.count - 1
    texts[item].status = status
    emitItem("response.output_item.done", texts[item].outputIndex, into: &out)
  }

  /// Appends an event about the last part of the last text.
  private mutating func emitPart(_ type: String, into out: inout [UInt8]) {
    guard !isMute, let text = texts.last, let part = text.parts.last else { return }
    emit(type, into: &out) { event in
      text.writePlace(of: text.parts.count - 1, to: &event)
      event.key("part")
      part.write(to: &event)
    }
  }

  // MARK: - Annotations

  private mutating func takeAnnotations(_ list: Range<Int>, in bytes: Span<UInt8>, into out: inout [UInt8]) {
    var cursor = JSONCursor(list, in: bytes)
    while let value = cursor.nextElement(in: bytes) {
      guard let annotation = ChatAddenda.annotation(value, in: bytes) else { continue }
      heldBytes += annotation.count
      waitingAnnotations.append(annotation)
    }
    addWaitingAnnotations(into: &out)
  }

  /// Adds the annotations that wait to the last text of the message that is open, also behind a refusal; where there
  /// is none they wait for the next.
  private mutating func addWaitingAnnotations(into out: inout [UInt8]) {
    let item = texts.count - 1
    guard !waitingAnnotations.isEmpty, openChannel != nil,
      let part = texts[item].parts.lastIndex(where: { $0.channel == .outputText })
    else { return }
    for annotation in waitingAnnotations {
      Self.append(annotation, to: &texts[item].parts[part].annotations)
      let (text, count) = (texts[item], texts[item].parts[part].annotationCount)
      texts[item].parts[part].annotationCount += 1
      emit("response.output_text.annotation.added", into: &out) { event in
        text.writePlace(of: part, to: &event)
        event.member("annotation_index", count)
        event.member("annotation", raw: annotation)
      }
    }
    waitingAnnotations = []
  }

  /// Annotations that no text came for get an empty one.
  mutating func placeAnnotations(into out: inout [UInt8]) {
    if !waitingAnnotations.isEmpty { begin(.outputText, into: &out) }
  }
}

extension AnswerText {
  /// Writes what says which part of which item an event is about.
  func writePlace(of part: Int, to event: inout JSONWriter) {
    event.member("item_id", id)
    event.member("output_index", outputIndex)
    event.member(parts[part].channel.indexName, part)
  }
}
