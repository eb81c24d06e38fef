import Wire

/// Watches a relayed chat or completions stream from the side, to know how it stands and how to end it.
///
/// The stream's bytes are never changed. Most events teach nothing: they cost one search for the first letters of the
/// names that matter (`finish_reason`, `usage`, `error`), and no allocation. Only where such a name has a value, and
/// until identity and choices are known, the event is picked apart. Names are expected in their plain spelling.
package struct ChatTap: Sendable {
  /// Which of the two APIs the stream speaks.
  package enum Flavor: Sendable {
    /// `POST /v1/chat/completions`.
    case chat
    /// `POST /v1/completions`, the predecessor.
    case completions
  }

  /// The API that the stream speaks.
  package let flavor: Flavor
  /// How many choices were asked for, 1 to `choicesMax`.
  package let choices: Int
  /// How many events with data came, `[DONE]` not counted.
  package private(set) var events = 0
  /// How many of them did not look like a JSON object.
  package private(set) var malformedEvents = 0
  /// Whether `[DONE]` came. What follows it is ignored.
  package private(set) var sawDone = false
  /// The choices that ended, in the order in which they did.
  package private(set) var finishes: [ChoiceFinish] = []
  /// The first error that came within the stream.
  package private(set) var error: PeekedError?
  /// Whether the chunk came that carries usage and no choices.
  package private(set) var sawUsageChunk = false

  private(set) var identity = SeenIdentity()
  /// The last `usage` object, as it was spelled; empty when none came.
  private(set) var usageBytes: [UInt8] = []
  /// Bit i: choice i has been seen.
  private(set) var seen: UInt128 = 0
  /// Bit i: choice i has ended.
  private(set) var finished: UInt128 = 0
  private var identityTries = 0
  /// Bits of the choices that were asked for.
  let asked: UInt128

  /// Most choices of one answer, as at OpenAI; choices beyond are not kept track of.
  package static let choicesMax = 128
  /// Largest `usage` object that is remembered.
  package static let usageBytesMax = 4096
  /// How many events are searched for the stream's identity; the first one has it, save for some servers' preambles.
  private static let identityTriesMax = 8

  private static let names = JSONNameSearch("f", "u", "e")

  /// A tap at the start of a stream for which `choices` choices (the request's `n`) were asked.
  package init(_ flavor: Flavor, choices: Int = 1) {
    self.flavor = flavor
    self.choices = min(max(choices, 1), Self.choicesMax)
    asked = self.choices == Self.choicesMax ? .max : (1 << UInt128(self.choices)) - 1
  }

  /// The stream's own id, once seen.
  package var id: String? { identity.idText }
  /// The stream's own model name, once seen.
  package var model: String? { identity.modelText }

  /// The last usage the stream reported.
  package var usage: TokenUsage? {
    TokenUsage.read(JSONScan.value(usageBytes.span), in: usageBytes.span)
  }

  /// Whether an error came within the stream.
  package private(set) var hasError = false
  /// Whether every choice that was asked for has ended.
  package var allFinished: Bool { finished & asked == asked }
  /// Whether the stream may end here: `[DONE]` came, or every choice has ended (some servers send no `[DONE]`).
  /// Stored, because it is asked for after each event.
  package private(set) var isComplete = false
  /// Whether nothing can follow any more: `[DONE]` or an error came.
  package private(set) var terminalSeen = false

  /// Takes note of a complete block of the stream.
  package mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    guard let data = block.data, !sawDone else { return }
    guard block.dataLines > 1 else { return observe(data, in: source) }
    let joined = block.joinedData(in: source)
    observe(0..<joined.count, in: joined.span)
  }

  private mutating func observe(_ data: Range<Int>, in bytes: Span<UInt8>) {
    let object = JSONScan.trimmed(data, in: bytes)
    if bytes.equals("[DONE]", in: object) {
      (sawDone, isComplete, terminalSeen) = (true, true, true)
      return
    }
    events += 1
    guard JSONScan.looksLikeObject(object, in: bytes) else {
      malformedEvents += 1
      return
    }
    if !identity.isComplete, identityTries < Self.identityTriesMax {
      identityTries += 1
      let list = identity.learn(ofObject: object, createdName: "created", otherName: "choices", in: bytes)
      // Mostly the first event: its choices have been come by.
      if let list { learnChoices(of: list, in: bytes) }
    }
    let news = News(of: object, in: bytes, search: Self.names)
    if news.finish || seen & asked != asked, let list = JSONPick.member("choices", of: object, in: bytes) {
      learnChoices(of: list, in: bytes)
    }
    if news.usage { learnUsage(of: object, in: bytes) }
    if news.error, !hasError { learnError(of: object, in: bytes) }
  }

  private mutating func learnChoices(of list: JSONValue, in bytes: Span<UInt8>) {
    var cursor = JSONCursor(list.range, in: bytes)
    var position = 0
    while let choice = cursor.nextElement(in: bytes) {
      var (number, reason): (JSONValue?, JSONValue?)
      var members = JSONCursor(choice.range, in: bytes)
      while let member = members.nextMember(in: bytes) {
        if JSONString.key(member.key, in: bytes, means: "index") { number = member.value }
        if JSONString.key(member.key, in: bytes, means: "finish_reason") { reason = member.value }
      }
      let index = JSONPick.integer(number, in: bytes) ?? position
      position += 1
      guard (0..<Self.choicesMax).contains(index) else { continue }
      seen |= 1 << UInt128(index)
      if let reason = FinishReason.read(reason, in: bytes) { finish(index, reason) }
    }
  }

  /// The first reason counts, except that `tool_calls` is truer than `stop`.
  private mutating func finish(_ index: Int, _ reason: FinishReason) {
    let bit: UInt128 = 1 << UInt128(index)
    if finished & bit == 0 {
      finished |= bit
      isComplete = isComplete || allFinished
      finishes.append(ChoiceFinish(index: index, reason: reason))
    } else if reason == .toolCalls, let place = finishes.firstIndex(where: { $0.index == index && $0.reason == .stop })
    {
      finishes[place].reason = .toolCalls
    }
  }

  /// Usage stands at the top, in `x_groq`, or within the first choice; it is never summed, the last one counts.
  private mutating func learnUsage(of object: Range<Int>, in bytes: Span<UInt8>) {
    let list = JSONPick.member("choices", of: object, in: bytes)
    var usage = JSONPick.member("usage", of: object, in: bytes)
    if usage?.kind == .object, let list, list.kind == .array, !JSONScan.hasEntries(list, in: bytes) {
      sawUsageChunk = true
    }
    if usage?.kind != .object { usage = JSONPick.path(["x_groq", "usage"], of: object, in: bytes) }
    if usage?.kind != .object, let list {
      var cursor = JSONCursor(list.range, in: bytes)
      usage = cursor.nextElement(in: bytes).flatMap { JSONPick.member("usage", of: $0.range, in: bytes) }
    }
    guard let usage, usage.kind == .object, usage.range.count <= Self.usageBytesMax else { return }
    usageBytes.removeAll(keepingCapacity: true)
    usageBytes.append(copying: usage.range, of: bytes)
  }

  private mutating func learnError(of object: Range<Int>, in bytes: Span<UInt8>) {
    guard let value = JSONPick.member("error", of: object, in: bytes), PeekedError.isTruthy(value, in: bytes) else {
      return
    }
    error = PeekedError.read(value, in: bytes)
    (hasError, terminalSeen) = (true, true)
  }
}

/// Which names of interest occur in an event with a value that is not null.
private struct News {
  var finish = false
  var usage = false
  var error = false

  init(of object: Range<Int>, in bytes: Span<UInt8>, search: JSONNameSearch) {
    let end = object.upperBound
    var position = object.lowerBound
    while let quote = search.next(in: bytes, from: position, to: end) {
      switch bytes[quote + 1] {
      case UInt8(ascii: "f"): finish = finish || Self.hasValue("finish_reason", at: quote, to: end, in: bytes)
      case UInt8(ascii: "u"): usage = usage || Self.hasValue("usage", at: quote, to: end, in: bytes)
      default: error = error || Self.hasValue("error", at: quote, to: end, in: bytes)
      }
      position = quote + 2
    }
  }

  /// Whether `name` stands at `quote` as a member whose value is not null.
  private static func hasValue(
    _ name: StaticString, at quote: Int, to end: Int, in bytes: Span<UInt8>
  ) -> Bool {
    guard let value = JSONScan.valueStart(ofMember: name, at: quote, to: end, in: bytes) else { return false }
    return bytes[value] != UInt8(ascii: "n")
  }
}
