import Wire

/// Writes events of a responses stream, each named like its `type` and numbered in sequence.
struct ResponsesEventWriter {
  /// The events written so far, each as its own bytes.
  private(set) var events: [[UInt8]] = []
  /// Whether all events are valid JSON: what they were made of came from outside.
  private(set) var isSound = true
  /// The number of the next event.
  private(set) var sequence: Int

  init(sequence: Int = 0) {
    self.sequence = sequence
  }

  /// All events in a row.
  var bytes: [UInt8] { Array(events.joined()) }

  /// Appends an event of `type` whose further members `body` writes.
  mutating func append(_ type: String, _ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", type)
    writer.member("sequence_number", sequence)
    body(&writer)
    writer.endObject()
    if !JSONScan.isSound(writer.bytes.span) { isSound = false }
    sequence += 1
    var event: [UInt8] = []
    SSEWriter.append(event: type, data: writer.bytes, to: &event)
    events.append(event)
  }

  /// Appends an event that carries the response as a whole.
  mutating func append(_ type: String, response: [UInt8]) {
    append(type) { $0.member("response", raw: response) }
  }

  /// Appends an event that carries an item as a whole.
  mutating func append(_ type: String, outputIndex: Int, item: [UInt8]) {
    append(type) {
      $0.member("output_index", outputIndex)
      $0.member("item", raw: item)
    }
  }

  /// Appends the `error` event in its flat and nested forms at once: of the SDKs one understands only the nested
  /// form, while the schema documents the flat one.
  mutating func append(_ error: ErrorBody) {
    append("error") { writer in
      writer.member("code", error.code)
      writer.member("message", error.message)
      writer.member("param", error.param)
      writer.key("error")
      error.write(to: &writer)
    }
  }
}
