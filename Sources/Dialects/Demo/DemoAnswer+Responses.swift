import Wire

/// The demo answer in the shape of the responses API.
extension DemoAnswer {
  /// The full legal sequence of one message with one text part.
  var responsesEvents: [[UInt8]] {
    var writer = ResponsesEventWriter()
    let response = ResponseObject.empty(fallback: identity)
    writer.append("response.created", response: response)
    writer.append("response.in_progress", response: response)
    writer.append("response.output_item.added", outputIndex: 0, item: item(status: "in_progress", parts: []))
    writer.append("response.content_part.added") { event in
      writePlace(to: &event)
      event.member("part", raw: part(""))
    }
    for word in words {
      writer.append("response.output_text.delta") { event in
        writePlace(to: &event)
        event.member("delta", word)
        event.member("logprobs", raw: Array("[]".utf8))
      }
    }
    writer.append("response.output_text.done") { event in
      writePlace(to: &event)
      event.member("text", text)
      event.member("logprobs", raw: Array("[]".utf8))
    }
    writer.append("response.content_part.done") { event in
      writePlace(to: &event)
      event.member("part", raw: part(text))
    }
    writer.append("response.output_item.done", outputIndex: 0, item: doneItem)
    writer.append("response.completed", response: completedResponse)
    return writer.events
  }

  /// The blocking answer, and the end of the stream.
  var completedResponse: [UInt8] {
    var usage = JSONWriter()
    writeUsage("input", "output", to: &usage)
    return JSONSplice.setting(
      [
        ("status", Array("\"completed\"".utf8)), ("output", [UInt8(ascii: "[")] + doneItem + [UInt8(ascii: "]")]),
        ("usage", usage.bytes),
      ], in: ResponseObject.empty(fallback: identity))
  }

  private var doneItem: [UInt8] { item(status: "completed", parts: part(text)) }

  private func item(status: String, parts: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", itemID)
    writer.member("type", "message")
    writer.member("status", status)
    writer.member("role", "assistant")
    writer.member("content", elements: parts)
    writer.endObject()
    return writer.bytes
  }

  private func part(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", "output_text")
    writer.member("text", text)
    writer.member("annotations", raw: Array("[]".utf8))
    writer.member("logprobs", raw: Array("[]".utf8))
    writer.endObject()
    return writer.bytes
  }

  private func writePlace(to event: inout JSONWriter) {
    event.member("item_id", itemID)
    event.member("output_index", 0)
    event.member("content_index", 0)
  }
}
