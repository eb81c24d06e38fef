import Policy
import Wire

/// How a response ends, and how it looks as a whole.
extension ResponsesFromChat {
  package mutating func end(_ end: TranslationEnd, now: Int, into out: inout [UInt8]) {
    guard phase != .ended else { return }
    switch end {
    case .complete: conclude(now, into: &out)
    // Behind the upstream's last word a stop cuts nothing. Not so in a whole answer: what is put together of a stopped
    // stream has a last word always.
    case .stopped where outcome != nil && !isMute: conclude(now, into: &out)
    case .stopped: cutShort(reason: "stopped", isStop: true, into: &out)
    case .cancelled:
      abandonOpen()
      status = .cancelled
    case .failed(let error): fail(error, into: &out)
    }
    phase = .ended
  }

  /// Ends the response as the upstream ended its answer.
  private mutating func conclude(_ now: Int, into out: inout [UInt8]) {
    switch outcome ?? .completed {
    case .completed: complete(now, into: &out)
    case .incomplete(let reason): cutShort(reason: reason, isStop: false, into: &out)
    case .failed(let reason):
      fail(
        ErrorBody(
          message: "The upstream ended its answer with finish_reason '\(reason)'.", type: ErrorType.server.rawValue,
          code: ErrorCode.upstreamError.rawValue), into: &out)
    }
  }

  private mutating func complete(_ now: Int, into out: inout [UInt8]) {
    open(into: &out)
    placeAnnotations(into: &out)
    endText(as: .completed, into: &out)
    endCalls(as: .completed, announcing: true, into: &out)
    status = .completed
    completedAt = now
    emitResponse("response.completed", into: &out)
  }

  /// Ends the response before the model did. A call that is whole all the same can be made, unless somebody wanted to
  /// hear no more.
  private mutating func cutShort(reason: String, isStop: Bool, into out: inout [UInt8]) {
    open(into: &out)
    if !isStop { placeAnnotations(into: &out) }
    endText(as: .incomplete, into: &out)
    if !isStop { endWholeCalls(into: &out) }
    endCalls(as: .incomplete, announcing: false, into: &out)
    status = .incomplete
    incompleteReason = reason
    emitResponse("response.incomplete", into: &out)
  }

  /// The error is told in a form that both SDKs raise on; then comes the terminal event, for readers that wait for one.
  private mutating func fail(_ error: ErrorBody, into out: inout [UInt8]) {
    open(into: &out)
    abandonOpen()
    if !isMute {
      var writer = ResponsesEventWriter(sequence: sequence)
      writer.append(error)
      out += writer.bytes
      sequence = writer.sequence
    }
    status = .failed
    self.error = error
    emitResponse("response.failed", into: &out)
  }

  /// What is open stays so in the events, and is incomplete in the object, which has no more of it than they have.
  private mutating func abandonOpen() {
    for place in texts.indices where texts[place].status == .inProgress {
      texts[place].status = .incomplete
      if let part = texts[place].parts.indices.last { texts[place].parts[part].text.abandon() }
    }
    for place in calls.indices where calls[place].status == .inProgress {
      calls[place].status = .incomplete
      calls[place].arguments.abandon()
    }
  }

  // MARK: - Whole

  /// Appends an event that carries the item at `index` of the output.
  mutating func emitItem(_ type: String, _ index: Int, into out: inout [UInt8]) {
    guard !isMute else { return }
    var item = JSONWriter()
    // An item is announced empty: what is known of it follows in pieces.
    write(output[index], to: &item, isAnnouncement: type == "response.output_item.added")
    emit(type, into: &out) {
      $0.member("output_index", index)
      $0.member("item", raw: item.bytes)
    }
  }

  private func write(_ entry: Output, to writer: inout JSONWriter, isAnnouncement: Bool = false) {
    switch entry {
    case .text(let place): texts[place].write(to: &writer)
    case .call(let place): calls[place].write(to: &writer, text: isAnnouncement ? [] : calls[place].wholeText)
    }
  }

  package func answer() -> [UInt8] {
    var writer = JSONWriter(capacity: heldBytes + 1024)
    writer.beginObject()
    echo.write(to: &writer, serviceTier: serviceTier)
    writer.member("status", status.rawValue)
    writer.member("completed_at", completedAt)
    writer.key("error")
    if let error { write(error, to: &writer) } else { writer.null() }
    writer.key("incomplete_details")
    if let incompleteReason {
      writer.beginObject()
      writer.member("reason", incompleteReason)
      writer.endObject()
    } else {
      writer.null()
    }
    writer.key("output")
    writer.beginArray()
    for entry in output { write(entry, to: &writer) }
    writer.endArray()
    // Not nullable in the published schema, and never a guess: left out where it is not known.
    if let usage = ChatAddenda.usage(usage) { writer.member("usage", raw: usage) }
    writer.endObject()
    return writer.bytes
  }

  /// A response's error has one of a closed list of codes; what went wrong exactly is in the `error` event.
  private func write(_ error: ErrorBody, to writer: inout JSONWriter) {
    let known = ["rate_limit_exceeded", "invalid_prompt"]
    writer.beginObject()
    writer.member("code", error.code.flatMap { known.contains($0) ? $0 : nil } ?? "server_error")
    writer.member("message", error.message)
    writer.endObject()
  }
}
