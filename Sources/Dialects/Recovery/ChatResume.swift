import Wire

/// Joins chat or completions streams (see `StreamResume`).
struct ChatResume: Sendable {
  /// What the client has been sent, all streams together.
  private(set) var sent: ChatAggregate
  /// The choices of the stream under way that the client knows, by index.
  private var replays: [Int: ChoiceReplay] = [:]
  /// The usage of the streams that broke, as far as they told.
  private var spent: JSONTree?

  init(_ flavor: ChatTap.Flavor) {
    sent = ChatAggregate(flavor)
  }

  var flavor: ChatTap.Flavor { sent.flavor }
  var weight: Int { sent.weight }

  mutating func note(_ block: SSEBlock, in source: Span<UInt8>) { sent.observe(block, in: source) }

  var prefill: [UInt8]? {
    guard flavor == .chat, sent.choices.count == 1, let choice = sent.choices.first, choice.index == 0,
      choice.finish == nil, choice.toolCalls.isEmpty, choice.functionCall == nil,
      choice.text("refusal")?.bytes.isEmpty ?? true, var text = choice.text("content")?.bytes, !text.isEmpty,
      PrefixCursor.takeLead(&text) == nil
    else { return nil }
    return text
  }

  mutating func begin(isContinuation: Bool) {
    // What was told behind a joint is the sum already.
    spent = isSummable(0..<sent.usage.count) ? try? JSONTree.parse(sent.usage.span) : nil
    replays = [:]
    for choice in sent.choices { replays[choice.index] = ChoiceReplay(choice, isContinuation: isContinuation) }
  }

  mutating func rewrite(_ block: SSEBlock, in source: Span<UInt8>) -> ResumeStep {
    guard block.data != nil else { return .pass([]) }
    let data = block.joinedData(in: source)
    let object = JSONScan.trimmed(0..<data.count, in: data.span)
    var event: [UInt8] = []
    if data.span.equals("[DONE]", in: object) {
      guard replays.values.allSatisfy(\.isCaughtUp) else { return .differs }
      SSEWriter.appendDone(to: &event)
      return .pass(event)
    }
    var chunk = JSONWriter(capacity: data.count + 64)
    guard let says = write(object, of: data.span, to: &chunk) else { return .differs }
    guard says else { return .pass([]) }
    // It may have to be joined once more.
    sent.add(0..<chunk.bytes.count, in: chunk.bytes.span)
    SSEWriter.append(data: chunk.bytes, to: &event)
    return .pass(event)
  }

  /// Writes what the client lacks of the chunk at `object`.
  ///
  /// - Returns: whether there is anything; nil when the chunk differs.
  private mutating func write(_ object: Range<Int>, of source: Span<UInt8>, to chunk: inout JSONWriter) -> Bool? {
    var says = false
    chunk.beginObject()
    var cursor = JSONCursor(object, in: source)
    while let member = cursor.nextMember(in: source) {
      let name = JSONString.decode(member.key, in: source)
      chunk.key(name)
      switch name {
      case "choices":
        guard let news = writeChoices(member.value.range, of: source, to: &chunk) else { return nil }
        says = says || news
      case "usage" where member.value.kind == .object:
        says = true
        chunk.raw(summed(member.value.range, of: source))
      case "id", "created", "model":
        chunk.raw(sent.identity.json(name) ?? [UInt8](copying: member.value.range, of: source))
      default: chunk.raw(source.extracting(member.value.range))
      }
    }
    chunk.endObject()
    return says
  }

  private func summed(_ usage: Range<Int>, of source: Span<UInt8>) -> [UInt8] {
    guard let spent, isSummable(usage), let usage = try? JSONTree.parse(source.extracting(usage)) else {
      return [UInt8](copying: usage, of: source)
    }
    return UsageSum.adding(spent, usage).encoded
  }

  /// Members are looked for one by one; no usage is so long.
  private func isSummable(_ usage: Range<Int>) -> Bool { usage.count <= ChatTap.usageBytesMax }

  /// Writes the choices that have something new.
  ///
  /// - Returns: whether there are any; nil when one of them differs.
  private mutating func writeChoices(
    _ list: Range<Int>, of source: Span<UInt8>, to chunk: inout JSONWriter
  ) -> Bool? {
    var says = false
    chunk.beginArray()
    var cursor = JSONCursor(list, in: source)
    var position = 0
    while let choice = cursor.nextElement(in: source) {
      let index = JSONPick.integer(JSONPick.member("index", of: choice.range, in: source), in: source) ?? position
      position += 1
      // Of a choice without a replay the client has heard nothing.
      switch replays[index]?.rewrite(choice.range, of: source) {
      case .known: break
      case .differs: return nil
      case .new(let bytes):
        says = true
        chunk.raw(bytes)
      case nil:
        says = true
        chunk.raw(source.extracting(choice.range))
      }
    }
    chunk.endArray()
    return says
  }
}
