import Wire

/// One choice of a chat stream while it comes again: what the client has of it is left out.
struct ChoiceReplay: Sendable {
  /// A tool call that the client has at least a part of.
  private struct Call: Sendable {
    let index: Int
    let name: [UInt8]
    var arguments: PrefixCursor

    init(_ call: ChatToolCall) {
      index = call.index
      name = call.name
      arguments = PrefixCursor(call.arguments)
    }
  }

  private let isFinished: Bool
  private let hasRole: Bool
  /// Whether the upstream was asked to go on from the content that there is.
  private let isContinuation: Bool
  private var texts = NamedList<PrefixCursor>()
  /// How many of them have not wholly come again.
  private var openTexts = 0
  private var calls: [Call]
  private var functionCall: Call?
  private var hasDiffered = false

  init(_ choice: ChatChoice, isContinuation: Bool) {
    isFinished = choice.finish != nil
    hasRole = !choice.role.isEmpty
    self.isContinuation = isContinuation
    calls = isContinuation ? [] : choice.toolCalls.map { Call($0) }
    functionCall = isContinuation ? nil : choice.functionCall.map { Call($0) }
    guard !isContinuation else { return }
    for (name, text) in choice.texts.entries {
      let cursor = PrefixCursor(text.bytes)
      if !cursor.isExhausted { openTexts += 1 }
      _ = texts.append(name, cursor)
    }
  }

  /// Whether everything that the client has has come again.
  var isCaughtUp: Bool {
    isFinished
      || openTexts == 0 && calls.allSatisfy(\.arguments.isExhausted) && functionCall?.arguments.isExhausted ?? true
  }

  /// Takes a choice of the new stream; `.new` has it with what the client lacks.
  mutating func rewrite(_ choice: Range<Int>, of source: Span<UInt8>) -> PrefixCursor.Step {
    // It had ended for the client; how it ends this time does not matter any more.
    guard !isFinished else { return .known }
    let wasCaughtUp = isCaughtUp
    var writer = JSONWriter(capacity: choice.count)
    var says = false
    writer.beginObject()
    var cursor = JSONCursor(choice, in: source)
    while let member = cursor.nextMember(in: source) {
      let value = member.value
      let name = JSONString.decode(member.key, in: source)
      writer.key(name)
      switch name {
      case "delta" where value.kind == .object:
        says = write(delta: value.range, of: source, wasCaughtUp, to: &writer) || says
      case "text" where value.kind == .string:
        let rest = advance(name, [UInt8](copying: value.contents, of: source))
        says = says || !rest.isEmpty
        writer.escapedString(rest)
      case "finish_reason":
        says = says || FinishReason.read(value, in: source) != nil
        writer.raw(source.extracting(value.range))
      // They belong to all tokens of the event, a part of which the client may have.
      case "logprobs" where !wasCaughtUp: writer.null()
      default: writer.raw(source.extracting(value.range))
      }
    }
    writer.endObject()
    // Nothing new may come before all that was sent has come again.
    if hasDiffered || says && !isCaughtUp { return .differs }
    return says ? .new(writer.bytes) : .known
  }

  /// - Returns: whether there is anything new in the delta.
  private mutating func write(
    delta: Range<Int>, of source: Span<UInt8>, _ wasCaughtUp: Bool, to writer: inout JSONWriter
  ) -> Bool {
    var says = false
    writer.beginObject()
    var cursor = JSONCursor(delta, in: source)
    while let member = cursor.nextMember(in: source) {
      let value = member.value
      let name = JSONString.decode(member.key, in: source)
      switch value.kind {
      case .null: break
      case .string where name == "role":
        guard !hasRole else { continue }
        says = true
        writer.member(name, raw: [UInt8](copying: value.range, of: source))
      case .string:
        guard isWanted(name) else { continue }
        let rest = advance(name, [UInt8](copying: value.contents, of: source))
        guard !rest.isEmpty else { continue }
        says = true
        writer.key(name)
        writer.escapedString(rest)
      case .array where name == "tool_calls":
        let fragments = rewrite(calls: value.range, of: source)
        guard !fragments.isEmpty else { continue }
        says = true
        writer.member(name, elements: fragments)
      case .object where name == "function_call" && functionCall != nil:
        guard var call = functionCall else { continue }
        let payload = rewrite(payload: value.range, of: &call, in: source)
        functionCall = call
        guard let payload else { continue }
        says = true
        writer.member(name, raw: payload)
      // These cannot be compared; what came beside known text was sent beside it.
      case .object, .array, .number, .true, .false:
        guard wasCaughtUp else { continue }
        says = true
        writer.member(name, raw: [UInt8](copying: value.range, of: source))
      }
    }
    writer.endObject()
    return says
  }

  /// An upstream that goes on from a content may think it over once more; the client has had those thoughts.
  private func isWanted(_ name: String) -> Bool { !isContinuation || name == "content" || name == "refusal" }

  /// The part of a piece of the text `name` that the client lacks.
  private mutating func advance(_ name: String, _ piece: [UInt8]) -> [UInt8] {
    guard let place = texts.place(of: name) else { return piece }
    let wasOpen = !texts[place].isExhausted
    let step = texts[place].advance(piece)
    openTexts += (texts[place].isExhausted ? 0 : 1) - (wasOpen ? 1 : 0)
    return lacking(step)
  }

  private mutating func lacking(_ step: PrefixCursor.Step) -> [UInt8] {
    switch step {
    case .known: return []
    case .new(let rest): return rest
    case .differs:
      hasDiffered = true
      return []
    }
  }

  // MARK: - Calls

  /// The fragments that have something new, separated by commas.
  private mutating func rewrite(calls list: Range<Int>, of source: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var cursor = JSONCursor(list, in: source)
    while let fragment = cursor.nextElement(in: source) {
      let index = JSONPick.integer(JSONPick.member("index", of: fragment.range, in: source), in: source)
      let place = index.flatMap { index in calls.firstIndex { $0.index == index } }
      let rest: [UInt8]?
      if let place {
        rest = rewrite(fragment: fragment.range, at: place, in: source)
      } else {
        // Without an index a known call cannot be told from a new one.
        if index == nil, !calls.isEmpty { hasDiffered = true }
        rest = [UInt8](copying: fragment.range, of: source)
      }
      guard let rest else { continue }
      if !result.isEmpty { result.append(UInt8(ascii: ",")) }
      result += rest
    }
    return result
  }

  /// What the client lacks of a fragment of the call at `place`, which it knows under another id.
  private mutating func rewrite(fragment: Range<Int>, at place: Int, in source: Span<UInt8>) -> [UInt8]? {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("index", calls[place].index)
    for (name, isCustom) in [("function", false), ("custom", true)] {
      let payload = JSONPick.member(isCustom ? "custom" : "function", of: fragment, in: source)
      guard let payload, payload.kind == .object else { continue }
      var call = calls[place]
      let rest = rewrite(payload: payload.range, of: &call, in: source)
      calls[place] = call
      guard let rest else { return nil }
      writer.member(name, raw: rest)
      writer.endObject()
      return writer.bytes
    }
    return nil
  }

  /// What the client lacks of the name and arguments of a call.
  private mutating func rewrite(payload: Range<Int>, of call: inout Call, in source: Span<UInt8>) -> [UInt8]? {
    if let name = JSONPick.member("name", of: payload, in: source), name.kind == .string, !name.contents.isEmpty,
      [UInt8](copying: name.contents, of: source) != call.name
    {
      hasDiffered = true
    }
    let isCustom = JSONPick.member("input", of: payload, in: source) != nil
    let text = JSONPick.member(isCustom ? "input" : "arguments", of: payload, in: source)
    guard let text, text.kind == .string else { return nil }
    let rest = lacking(call.arguments.advance([UInt8](copying: text.contents, of: source)))
    guard !rest.isEmpty else { return nil }
    var writer = JSONWriter(capacity: rest.count + 32)
    writer.beginObject()
    writer.key(isCustom ? "input" : "arguments")
    writer.escapedString(rest)
    writer.endObject()
    return writer.bytes
  }
}
