import Wire

/// A message or a piece of reasoning in the output of a response under way.
struct AnswerText: Sendable {
  /// One part of it: text, a refusal, or the summary of reasoning.
  struct Part: Sendable {
    let channel: ResponsesPart.Channel
    var text = EscapedText()
    /// Annotations and log probabilities as JSON, separated by commas.
    var annotations: [UInt8] = []
    var annotationCount = 0
    var logprobs: [UInt8] = []
    /// What stands between the number and the text in each event that brings a piece.
    let deltaMiddle: [UInt8]

    /// Writes the part as the next value.
    func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.member("type", channel.partType)
      if channel == .outputText { writeLists(to: &writer) }
      writer.key(channel.textName)
      writer.escapedString(text.bytes)
      writer.endObject()
    }

    private func writeLists(to writer: inout JSONWriter) {
      writer.member("annotations", elements: annotations)
      writer.member("logprobs", elements: logprobs)
    }
  }

  let id: String
  let outputIndex: Int
  let isReasoning: Bool
  var status = AnswerStatus.inProgress
  var parts: [Part] = []

  init(isReasoning: Bool, outputIndex: Int, ids: AnswerIDs) {
    id = ids.output(isReasoning ? "rs" : "msg", outputIndex)
    self.outputIndex = outputIndex
    self.isReasoning = isReasoning
  }

  mutating func begin(_ channel: ResponsesPart.Channel) {
    let place = ",\"item_id\":\"\(id)\",\"output_index\":\(outputIndex),\"\(channel.indexName)\":\(parts.count)"
    parts.append(Part(channel: channel, deltaMiddle: Array((place + ",\"delta\":\"").utf8)))
  }

  /// Writes the item as the next value.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("type", isReasoning ? "reasoning" : "message")
    writer.member("status", status.rawValue)
    if !isReasoning { writer.member("role", "assistant") }
    writer.key(isReasoning ? "summary" : "content")
    writer.beginArray()
    for part in parts { part.write(to: &writer) }
    writer.endArray()
    writer.endObject()
  }
}

/// The status of an item, or of a response.
enum AnswerStatus: String, Sendable {
  case queued
  case inProgress = "in_progress"
  case completed, incomplete, failed, cancelled
}
