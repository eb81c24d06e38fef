import Wire

extension ResponsesTap {
  /// The events that end the stream properly when it is stopped here; empty once it has ended.
  ///
  /// Open parts and items are closed in order, with what text there is and status `incomplete`; then comes
  /// `response.incomplete` with the reason `stopped` and the whole output. Numbers continue the stream's. When nothing
  /// has come yet the response is announced first. What was never seen of it comes from `fallback`. After an overflow
  /// only `response.incomplete` with an empty output is left.
  package func stopEnding(fallback: StreamIdentity) -> [UInt8] {
    soundEnding { items in
      var writer = opening(fallback)
      for item in items where !item.isDone { close(item, &writer) }
      writer.append(
        "response.incomplete",
        response: response(as: "incomplete", reason: "stopped", output: Self.output(items), fallback))
      return writer
    }
  }

  /// The events that end the stream when it fails here; empty once it has ended.
  ///
  /// The `error` event, on which the SDKs raise (left out when the upstream sent one itself), then `response.failed`
  /// for readers that wait for a terminal event. Open items are not closed; the output shows them as `incomplete`.
  package func failedEnding(_ error: ErrorBody, fallback: StreamIdentity) -> [UInt8] {
    soundEnding { items in
      var writer = opening(fallback)
      if !sawErrorEvent { writer.append(error) }
      var reason = JSONWriter()
      reason.beginObject()
      reason.member("code", error.code ?? "server_error")
      reason.member("message", error.message)
      reason.endObject()
      let changes: [(name: StaticString, value: [UInt8])] = [
        ("status", Array("\"failed\"".utf8)), ("error", reason.bytes), ("output", Self.output(items)),
      ]
      writer.append("response.failed", response: JSONSplice.setting(changes, in: response(fallback)))
      return writer
    }
  }

  /// The response as a whole as it stands here, with `status`; open items are `incomplete`.
  ///
  /// - Parameter reason: for `incomplete_details`.
  func response(as status: String, reason: String?, fallback: StreamIdentity) -> [UInt8] {
    response(as: status, reason: reason, output: outputBytes, fallback)
  }

  private func response(
    as status: String, reason: String?, output: [UInt8], _ fallback: StreamIdentity
  ) -> [UInt8] {
    let details = reason.map { "{\"reason\":\"\($0)\"}" } ?? "null"
    let changes: [(name: StaticString, value: [UInt8])] = [
      ("status", Array("\"\(status)\"".utf8)), ("error", Array("null".utf8)),
      ("incomplete_details", Array(details.utf8)), ("output", output),
    ]
    return JSONSplice.setting(changes, in: response(fallback))
  }

  /// The `output` list of what has come.
  var outputBytes: [UInt8] { Self.output(items.sorted { $0.outputIndex < $1.outputIndex }) }

  /// The ending that `make` gives for the items in their order. Items are kept as they came: where damage in them
  /// would make the ending itself unsound, it is made without them.
  private func soundEnding(_ make: ([ResponsesItem]) -> ResponsesEventWriter) -> [UInt8] {
    guard !terminalSeen else { return [] }
    let ending = make(items.sorted { $0.outputIndex < $1.outputIndex })
    return ending.isSound ? ending.bytes : make([]).bytes
  }

  /// A writer that continues the stream; it announces the response if nothing has come yet, because readers fail on a
  /// stream that begins otherwise.
  private func opening(_ fallback: StreamIdentity) -> ResponsesEventWriter {
    var writer = ResponsesEventWriter(sequence: nextSequence)
    if events == 0 {
      let response = ResponseObject.empty(fallback: fallback)
      writer.append("response.created", response: response)
      writer.append("response.in_progress", response: response)
    }
    return writer
  }

  private func response(_ fallback: StreamIdentity) -> [UInt8] {
    snapshot.isEmpty ? ResponseObject.empty(identity, fallback: fallback) : snapshot
  }

  /// The `output` list of `items` as they stand.
  private static func output(_ items: [ResponsesItem]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginArray()
    for item in items { writer.raw(item.current) }
    writer.endArray()
    return writer.bytes
  }

  // MARK: - Closing

  private func close(_ item: ResponsesItem, _ writer: inout ResponsesEventWriter) {
    switch item.kind {
    case .message, .reasoning:
      for part in item.parts.sorted(by: { $0.index < $1.index }) where part.doneBytes.isEmpty {
        close(part, of: item, &writer)
      }
    case .functionCall: closeArguments("response.function_call_arguments.done", "arguments", of: item, &writer)
    case .customToolCall: closeArguments("response.custom_tool_call_input.done", "input", of: item, &writer)
    case .mcpCall: closeArguments("response.mcp_call_arguments.done", "arguments", of: item, &writer)
    case .other: break
    }
    writer.append("response.output_item.done", outputIndex: item.outputIndex, item: item.current)
  }

  private func close(_ part: ResponsesPart, of item: ResponsesItem, _ writer: inout ResponsesEventWriter) {
    func writePlace(_ event: inout JSONWriter) {
      event.key("item_id")
      event.escapedString(item.id ?? [])
      event.member("output_index", item.outputIndex)
      event.member(part.channel.indexName, part.index)
    }
    if !part.textDone {
      writer.append(part.channel.textDoneEvent) { event in
        writePlace(&event)
        event.key(part.channel.textName)
        event.escapedString(part.text)
        if part.channel == .outputText { event.member("logprobs", raw: Array("[]".utf8)) }
      }
    }
    writer.append(part.channel.partDoneEvent) { event in
      writePlace(&event)
      event.member("part", raw: part.json)
    }
  }

  private func closeArguments(
    _ type: String, _ name: String, of item: ResponsesItem, _ writer: inout ResponsesEventWriter
  ) {
    guard !item.argumentsDone else { return }
    writer.append(type) { event in
      event.key("item_id")
      event.escapedString(item.id ?? [])
      event.member("output_index", item.outputIndex)
      event.key(name)
      event.escapedString(item.wholeArguments)
    }
  }
}
