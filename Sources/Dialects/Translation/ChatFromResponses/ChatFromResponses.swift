import Policy
import Wire

/// Turns an answer of the responses API into chat completions: for clients of chat whose upstream has only responses.
///
/// Each event becomes at most a few chunks, at once. Texts and arguments are copied as they are escaped and not kept:
/// what is held is the items under way, and a whole answer that `takeWhole` was given. Whole and streamed answers are
/// made of the same chunks, so that both say the same. Events that are no sound JSON are passed over, and so are those
/// that tell of a failure: its end is the caller's to say.
package struct ChatFromResponses: AnswerTranslator {
  package var answerID: String { fallback.id }

  private let fallback: StreamIdentity
  /// Whether the client's stream has the usage chunk.
  private let includesUsage: Bool
  /// Whether the client declared its tools as the deprecated `functions`, and reads `function_call`.
  let usesFunctions: Bool
  /// What writes chunks, once the first one was due.
  private(set) var chunks: ChatChunkWriter?

  /// The items under way, in the order in which they came.
  var items: [OpenItem] = []
  /// Items of the answer that have been taken note of; those of its output behind them never had events.
  var itemsSeen = 0
  /// Calls that were announced to the client.
  var calls = 0
  /// The part that reasoning came from last; the next part is set off from it.
  private var reasoningPlace: ReasoningPlace?
  /// Why the answer ended, once the upstream said so; nil also where it was stopped.
  private var finish: FinishReason?
  private var usage: [UInt8] = []
  /// Members of the response that the last chunk carries as they are, each with a comma before it.
  private var extras: [UInt8] = []
  /// Whether a terminal event came.
  private var isOver = false
  /// Whether the answer was stopped, by a caller or already before it was put together.
  private var isStopped = false
  private var isEnded = false
  /// The chunks of an answer that came in one piece.
  private var held: [UInt8] = []

  /// - Parameters:
  ///   - identity: the answer's id, and its model and time where the upstream does not name them.
  ///   - includesUsage: the request's `stream_options.include_usage`.
  ///   - usesFunctions: as `ResponsesRequestBody.usesFunctions`.
  package init(_ identity: StreamIdentity, includesUsage: Bool = false, usesFunctions: Bool = false) {
    fallback = identity
    self.includesUsage = includesUsage
    self.usesFunctions = usesFunctions
  }

  package var heldBytes: Int { held.count + items.count * MemoryLayout<OpenItem>.stride }

  package mutating func take(_ block: SSEBlock, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard let data = block.data, !isOver, !isEnded else { return }
    guard block.dataLines > 1 else { return take(JSONScan.trimmed(data, in: source), in: source, into: &out) }
    let joined = JSONScan.onOneLine(block.joinedData(in: source))
    take(JSONScan.trimmed(0..<joined.count, in: joined.span), in: joined.span, into: &out)
  }

  private mutating func take(_ object: Range<Int>, in source: Span<UInt8>, into out: inout [UInt8]) {
    // What goes out is made of these bytes.
    guard JSONScan.looksLikeObject(object, in: source), JSONScan.isSound(source.extracting(object)) else { return }
    let fields = ResponsesEventFields(of: object, in: source)
    guard let type = fields.type, type.kind == .string else { return }
    switch ResponsesEventType.read(type.contents, in: source) {
    case .snapshot: begin(fields.response, in: source, into: &out)
    case .terminal(let kind): takeTerminal(kind, fields.response, in: source, into: &out)
    case .textDelta(let channel):
      let logprobs = channel == .outputText ? fields.logprobs : nil
      takeDelta(fields, channel, logprobs, in: source, into: &out)
    case .textDone(let channel):
      let logprobs = channel == .outputText ? fields.logprobs : nil
      guard let place = place(of: fields, isEnd: true, in: source) else { return }
      catchUp(place, channel, partIndex(fields, in: source), fields.text, logprobs, in: source, into: &out)
    case .argumentsDelta: takeArguments(fields, in: source, into: &out)
    case .argumentsDone:
      guard let place = place(of: fields, isEnd: true, in: source) else { return }
      catchUpArguments(place, fields.text, in: source, into: &out)
    case .annotationAdded:
      guard let place = place(of: fields, in: source), let annotation = fields.annotation else { return }
      items[place].annotated.insert(partIndex(fields, in: source))
      write(annotations: annotation.range, isList: false, in: source, into: &out)
    case .itemAdded:
      guard let item = fields.item else { return }
      announce(open(outputIndex(fields, in: source)), item.range, in: source, into: &out)
    case .itemDone:
      guard let item = fields.item, let index = outputIndex(fields, in: source) ?? items.last?.outputIndex else {
        return
      }
      finishItem(index, item.range, in: source, into: &out)
    case .partDone(let isSummary):
      guard let part = fields.part, let place = place(of: fields, isEnd: true, in: source) else { return }
      catchUp(place, part: part, partIndex(fields, in: source), isSummary: isSummary, in: source, into: &out)
    case .partAdded, .error, .other: break
    }
  }

  // MARK: - Texts

  private mutating func takeDelta(
    _ fields: ResponsesEventFields, _ channel: ResponsesPart.Channel, _ logprobs: JSONValue?,
    in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard let delta = fields.delta, delta.kind == .string, !delta.contents.isEmpty,
      let place = place(of: fields, in: source)
    else { return }
    let part = partIndex(fields, in: source)
    items[place].heard(channel, part)
    write(delta.contents, channel, item: items[place].outputIndex, part: part, logprobs, in: source, into: &out)
  }

  /// Sends the text of a part of which no delta came; some servers have none.
  mutating func catchUp(
    _ place: Int, _ channel: ResponsesPart.Channel, _ part: Int, _ text: JSONValue?, _ logprobs: JSONValue?,
    in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard let text, text.kind == .string, !text.contents.isEmpty, !items[place].hasHeard(channel, part) else { return }
    items[place].heard(channel, part)
    write(text.contents, channel, item: items[place].outputIndex, part: part, logprobs, in: source, into: &out)
  }

  /// Appends a chunk with a piece of text, whose escaped contents are copied.
  private mutating func write(
    _ text: Range<Int>, _ channel: ResponsesPart.Channel, item: Int, part: Int, _ logprobs: JSONValue?,
    in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    let chunks = begin(into: &out)
    chunks.openDelta(&out)
    switch channel {
    case .outputText: out.append(contentsOf: #""content":""#.utf8)
    case .refusal: out.append(contentsOf: #""refusal":""#.utf8)
    case .reasoningText, .summaryText:
      out.append(contentsOf: #""reasoning_content":""#.utf8)
      let place = ReasoningPlace(item: item, part: part, isSummary: channel.isSummary)
      if let last = reasoningPlace, last != place { out.append(contentsOf: #"\n\n"#.utf8) }
      reasoningPlace = place
    }
    out.append(copying: text, of: source)
    out.append(UInt8(ascii: "\""))
    guard let logprobs, JSONScan.hasEntries(logprobs, in: source) else { return chunks.closeDelta(&out) }
    chunks.closeDelta(&out, logprobs: ChatDetails.logprobs(logprobs.range, in: source))
  }

  // MARK: - Beginning and end

  /// Appends the first chunk, which names the role, if it is still to come.
  @discardableResult mutating func begin(into out: inout [UInt8]) -> ChatChunkWriter {
    chunks ?? begin(fallback, model: nil, into: &out)
  }

  /// The same with the response as it stands, which has its model and time.
  private mutating func begin(_ response: JSONValue?, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard chunks == nil, let response else { return }
    var seen = SeenIdentity()
    seen.learn(ofObject: response.range, createdName: "created_at", in: source)
    // Seconds with a fraction, at some servers; chat has whole ones.
    let created = JSONPick.number(JSONPick.member("created_at", of: response.range, in: source), in: source)
    var identity = fallback
    identity.created = created.flatMap { Int(exactly: $0.rounded(.down)) } ?? identity.created
    begin(identity, model: seen.model, into: &out)
  }

  @discardableResult private mutating func begin(
    _ identity: StreamIdentity, model: [UInt8]?, into out: inout [UInt8]
  ) -> ChatChunkWriter {
    let writer = ChatChunkWriter(identity, model: model, includesUsage: includesUsage)
    chunks = writer
    writer.openDelta(&out)
    out.append(contentsOf: #""role":"assistant","content":"","refusal":null"#.utf8)
    writer.closeDelta(&out)
    return writer
  }

  private mutating func takeTerminal(
    _ kind: ResponsesTerminal, _ response: JSONValue?, in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    isOver = true
    switch kind {
    case .failed: break
    case .completed, .incomplete: takeEnd(response, isIncomplete: kind == .incomplete, in: source, into: &out)
    }
  }

  /// Takes what a response that has ended says of its end, and sends of its output what had no events.
  private mutating func takeEnd(
    _ response: JSONValue?, isIncomplete: Bool, in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard let response, response.kind == .object else { return }
    begin(response, in: source, into: &out)
    if let output = JSONPick.member("output", of: response.range, in: source) {
      var cursor = JSONCursor(output.range, in: source)
      var index = 0
      while let item = cursor.nextElement(in: source) {
        finishItem(index, item.range, in: source, into: &out)
        index += 1
      }
    }
    finish = isIncomplete ? reason(of: response.range, in: source) : completeReason
    usage = ChatDetails.usage(JSONPick.member("usage", of: response.range, in: source), in: source)
    for name in ["service_tier", "moderation"] as [StaticString] {
      guard let value = JSONPick.member(name, of: response.range, in: source), value.kind != .null else { continue }
      extras.append(contentsOf: ",\"\(name)\":".utf8)
      extras.append(copying: value.range, of: source)
    }
  }

  private var completeReason: FinishReason {
    if calls == 0 { return .stop }
    return usesFunctions ? .functionCall : .toolCalls
  }

  /// Why an incomplete response ended. Whatever cut it, other than a filter, chat calls `length`; one that the gateway
  /// stopped and put together has no reason of its own.
  private mutating func reason(of response: Range<Int>, in source: Span<UInt8>) -> FinishReason? {
    guard let reason = JSONPick.path(["incomplete_details", "reason"], of: response, in: source), reason.kind == .string
    else { return .length }
    isStopped = JSONString.key(reason.contents, in: source, means: "stopped")
    if isStopped { return nil }
    return JSONString.key(reason.contents, in: source, means: "content_filter") ? .contentFilter : .length
  }

  package mutating func end(_ end: TranslationEnd, now: Int, into out: inout [UInt8]) {
    guard !isEnded else { return }
    isEnded = true
    out.append(contentsOf: held)
    switch end {
    case .failed(let error): return out.append(contentsOf: error.chatEnding)
    case .stopped, .cancelled: isStopped = true
    case .complete: break
    }
    let chunks = begin(into: &out)
    chunks.finish(finish ?? (isStopped ? .stop : completeReason), extras: extras, into: &out)
    if includesUsage, !usage.isEmpty { chunks.usage(usage, into: &out) }
    SSEWriter.appendDone(to: &out)
  }

  // MARK: - Whole answers

  package mutating func takeWhole(_ body: [UInt8]) -> Bool {
    let body = JSONScan.onOneLine(body)
    guard let root = try? JSONScan.document(body.span), root.kind == .object,
      ResponseFailure.read(body) == nil, JSONPick.member("output", of: root.range, in: body.span)?.kind == .array
    else { return false }
    let status = JSONPick.string(JSONPick.member("status", of: root.range, in: body.span), in: body.span)
    guard !["in_progress", "queued"].contains(status) else { return false }
    isOver = true
    var stream: [UInt8] = []
    takeEnd(root, isIncomplete: status == "incomplete", in: body.span, into: &stream)
    held = stream
    return true
  }

  /// The `chat.completion` of what `takeWhole` took; streamed answers are not kept.
  package func answer() -> [UInt8] {
    var copy = self
    var stream = held
    let chunks = copy.begin(into: &stream)
    // Without an end of its own, the aggregate leaves calls out that were cut.
    if let reason = finish ?? (isStopped ? nil : completeReason) {
      chunks.finish(reason, extras: extras, into: &stream)
    }
    if !usage.isEmpty { chunks.usage(usage, into: &stream) }
    var aggregate = ChatAggregate(.chat)
    var scanner = SSEScanner()
    while let block = scanner.next(in: stream.span) { aggregate.observe(block, in: stream.span) }
    return aggregate.answer(isStopped: isStopped, fallback: fallback)
  }
}

/// Where a piece of reasoning comes from.
private struct ReasoningPlace: Equatable {
  let item: Int
  let part: Int
  let isSummary: Bool
}
