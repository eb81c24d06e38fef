import Wire

/// A part of a message's or reasoning's content or summary.
struct ResponsesPart: Sendable {
  /// What kind of text it is; each has its own events.
  enum Channel: Sendable {
    case outputText, refusal, reasoningText, summaryText
  }

  let channel: Channel
  /// `content_index` or `summary_index`.
  let index: Int
  /// The escaped contents of the text so far.
  var text: [UInt8] = []
  /// The annotations so far, as JSON, separated by commas.
  private(set) var annotations: [UInt8] = []
  var textDone = false
  /// The part as its `done` event brought it; empty before.
  var doneBytes: [UInt8] = []

  init(_ channel: Channel, index: Int) {
    self.channel = channel
    self.index = index
  }

  /// Adds an annotation, which is JSON.
  mutating func addAnnotation(_ annotation: Range<Int>, in source: Span<UInt8>) {
    if !annotations.isEmpty { annotations.append(UInt8(ascii: ",")) }
    annotations.append(copying: annotation, of: source)
  }

  /// The part's JSON.
  var json: [UInt8] {
    guard doneBytes.isEmpty else { return doneBytes }
    var writer = JSONWriter(capacity: text.count + 64)
    writer.beginObject()
    writer.member("type", channel.partType)
    writer.key(channel.textName)
    writer.escapedString(text)
    if channel == .outputText {
      writer.member("annotations", elements: annotations)
      writer.member("logprobs", raw: Array("[]".utf8))
    }
    writer.endObject()
    return writer.bytes
  }
}

extension ResponsesPart.Channel {
  /// Whether the part belongs to a reasoning item's summary, which is counted apart from its content.
  var isSummary: Bool { self == .summaryText }

  /// The `type` of a part.
  var partType: String {
    switch self {
    case .outputText: "output_text"
    case .refusal: "refusal"
    case .reasoningText: "reasoning_text"
    case .summaryText: "summary_text"
    }
  }

  /// The member that holds the text, in the part and in the `done` event.
  var textName: String { self == .refusal ? "refusal" : "text" }

  /// The event that ends the text.
  var textDoneEvent: String {
    switch self {
    case .outputText: "response.output_text.done"
    case .refusal: "response.refusal.done"
    case .reasoningText: "response.reasoning_text.done"
    case .summaryText: "response.reasoning_summary_text.done"
    }
  }

  /// The event that ends the part.
  var partDoneEvent: String {
    isSummary ? "response.reasoning_summary_part.done" : "response.content_part.done"
  }

  /// The member that counts parts.
  var indexName: String { isSummary ? "summary_index" : "content_index" }

  /// The channel of a content part by its `type`; nil for unknown ones.
  static func read(part: JSONValue?, in source: Span<UInt8>) -> ResponsesPart.Channel? {
    guard let part, let type = JSONPick.member("type", of: part.range, in: source), type.kind == .string else {
      return nil
    }
    func means(_ name: StaticString) -> Bool { JSONString.key(type.contents, in: source, means: name) }
    if means("output_text") { return .outputText }
    if means("refusal") { return .refusal }
    return means("reasoning_text") ? .reasoningText : nil
  }
}
