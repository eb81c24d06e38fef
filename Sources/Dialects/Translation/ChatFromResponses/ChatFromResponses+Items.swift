import Wire

/// An output item of a responses stream between its announcement and its end: what the client has got of it.
struct OpenItem: Sendable {
  let outputIndex: Int
  /// What the client was told of the item, where that is a call.
  var call: AnnouncedCall?
  var hasArguments = false
  /// Parts of its content, and of its summary, of which text came.
  private var contents = PartSet()
  private var summaries = PartSet()
  /// Parts whose annotations came.
  var annotated = PartSet()

  init(outputIndex: Int) {
    self.outputIndex = outputIndex
  }

  mutating func heard(_ channel: ResponsesPart.Channel, _ part: Int) {
    if channel.isSummary { summaries.insert(part) } else { contents.insert(part) }
  }

  func hasHeard(_ channel: ResponsesPart.Channel, _ part: Int) -> Bool {
    channel.isSummary ? summaries.contains(part) : contents.contains(part)
  }
}

/// A call as the client's chunks name it.
struct AnnouncedCall: Sendable {
  /// Its index among `tool_calls`; nil for the deprecated `function_call`.
  var index: Int?
  var isCustom: Bool
}

/// Indices of parts; all above 62 count as one.
struct PartSet: Sendable {
  private var bits: UInt64 = 0

  mutating func insert(_ part: Int) { bits |= 1 << UInt64(min(max(part, 0), 63)) }
  func contains(_ part: Int) -> Bool { bits & (1 << UInt64(min(max(part, 0), 63))) != 0 }
}

extension ChatFromResponses {
  /// Most items that are under way at once; of more, the oldest counts as finished.
  static let openItemsMax = 64

  /// The event's `output_index`, if it is a sensible one.
  func outputIndex(_ fields: ResponsesEventFields, in source: Span<UInt8>) -> Int? {
    guard let index = JSONPick.integer(fields.outputIndex, in: source), (0..<Int(Int32.max)).contains(index) else {
      return nil
    }
    return index
  }

  func partIndex(_ fields: ResponsesEventFields, in source: Span<UInt8>) -> Int {
    JSONPick.integer(fields.partIndex, in: source) ?? 0
  }

  /// The item that an event is about, opened if need be: some servers do not announce them. An event that only ends
  /// something opens no item that there was already.
  mutating func place(of fields: ResponsesEventFields, isEnd: Bool = false, in source: Span<UInt8>) -> Int? {
    let index = outputIndex(fields, in: source)
    guard let index else { return items.indices.last ?? open(nil) }
    if let place = items.lastIndex(where: { $0.outputIndex == index }) { return place }
    return isEnd && index < itemsSeen ? nil : open(index)
  }

  /// Opens the item at `index`, else the next one; where it is among `items`.
  mutating func open(_ index: Int?) -> Int {
    let index = index ?? itemsSeen
    items.removeAll { $0.outputIndex == index }
    if items.count == Self.openItemsMax { items.removeFirst() }
    items.append(OpenItem(outputIndex: index))
    itemsSeen = max(itemsSeen + 1, index + 1)
    return items.count - 1
  }

  /// Ends the item at `index`, whose final form is `item`: what the client has not got of it is sent.
  mutating func finishItem(_ index: Int, _ item: Range<Int>, in source: Span<UInt8>, into out: inout [UInt8]) {
    var place = items.lastIndex { $0.outputIndex == index }
    if place == nil, index >= itemsSeen { place = open(index) }
    guard let place else { return }
    announce(place, item, in: source, into: &out)
    if items[place].call != nil {
      let name: StaticString = items[place].call?.isCustom == true ? "input" : "arguments"
      catchUpArguments(place, JSONPick.member(name, of: item, in: source), in: source, into: &out)
    }
    for (list, isSummary) in [("summary", true), ("content", false)] as [(StaticString, Bool)] {
      guard let parts = JSONPick.member(list, of: item, in: source) else { continue }
      var cursor = JSONCursor(parts.range, in: source)
      var number = 0
      while let part = cursor.nextElement(in: source) {
        catchUp(place, part: part, number, isSummary: isSummary, in: source, into: &out)
        number += 1
      }
    }
    items.remove(at: place)
  }

  /// Sends what the client has not got of a part of an item's content or summary.
  mutating func catchUp(
    _ place: Int, part: JSONValue, _ index: Int, isSummary: Bool, in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard let channel = isSummary ? .summaryText : ResponsesPart.Channel.read(part: part, in: source) else { return }
    func member(_ name: StaticString) -> JSONValue? { JSONPick.member(name, of: part.range, in: source) }
    let logprobs = channel == .outputText ? member("logprobs") : nil
    catchUp(place, channel, index, member(channel == .refusal ? "refusal" : "text"), logprobs, in: source, into: &out)
    guard channel == .outputText, !items[place].annotated.contains(index), let annotations = member("annotations"),
      annotations.kind == .array
    else { return }
    items[place].annotated.insert(index)
    write(annotations: annotations.range, isList: true, in: source, into: &out)
  }

  /// Appends a chunk with those of the annotations that chat knows: citations of pages.
  mutating func write(
    annotations: Range<Int>, isList: Bool, in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    var entries: [UInt8] = []
    if isList {
      var cursor = JSONCursor(annotations, in: source)
      while let entry = cursor.nextElement(in: source) {
        ChatDetails.appendAnnotation(entry.range, in: source, to: &entries)
      }
    } else {
      ChatDetails.appendAnnotation(annotations, in: source, to: &entries)
    }
    guard !entries.isEmpty else { return }
    let chunks = begin(into: &out)
    chunks.openDelta(&out)
    out.append(contentsOf: #""annotations":["#.utf8)
    out.append(contentsOf: entries)
    out.append(contentsOf: "]".utf8)
    chunks.closeDelta(&out)
  }
}

// MARK: - Calls

extension ChatFromResponses {
  /// Tells the client of the item at `place` if that is a call of which it does not know yet.
  mutating func announce(_ place: Int, _ item: Range<Int>, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard items[place].call == nil, let type = JSONPick.member("type", of: item, in: source), type.kind == .string
    else { return }
    let isCustom = JSONString.key(type.contents, in: source, means: "custom_tool_call")
    guard isCustom || JSONString.key(type.contents, in: source, means: "function_call") else { return }
    // The deprecated form has room for one call.
    let index = usesFunctions ? calls - 1 : calls
    items[place].call = AnnouncedCall(index: index < 0 ? nil : index, isCustom: isCustom)
    calls += 1
    let chunks = begin(into: &out)
    chunks.openDelta(&out)
    openCall(place, &out)
    if index >= 0 {
      out.append(contentsOf: #","id":""#.utf8)
      appendCallID(item, in: source, to: &out)
      out.append(contentsOf: #"","type":""#.utf8)
      out.append(contentsOf: (isCustom ? #"custom","custom":{"# : #"function","function":{"#).utf8)
    }
    out.append(contentsOf: #""name":""#.utf8)
    if let name = JSONPick.member("name", of: item, in: source), name.kind == .string {
      out.append(copying: name.contents, of: source)
    }
    out.append(contentsOf: (isCustom ? #"","input":"""# : #"","arguments":"""#).utf8)
    closeCall(place, &out)
    chunks.closeDelta(&out)
  }

  mutating func takeArguments(_ fields: ResponsesEventFields, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard let delta = fields.delta, delta.kind == .string, let place = place(of: fields, in: source) else { return }
    write(arguments: delta.contents, place, in: source, into: &out)
  }

  /// Sends the arguments of a call of which no delta came.
  mutating func catchUpArguments(_ place: Int, _ value: JSONValue?, in source: Span<UInt8>, into out: inout [UInt8]) {
    guard let value, value.kind == .string, !items[place].hasArguments else { return }
    write(arguments: value.contents, place, in: source, into: &out)
  }

  /// Appends a chunk with a piece of a call's arguments; before the call has its name that is left for later.
  private mutating func write(
    arguments: Range<Int>, _ place: Int, in source: Span<UInt8>, into out: inout [UInt8]
  ) {
    guard !arguments.isEmpty, let call = items[place].call else { return }
    items[place].hasArguments = true
    let chunks = begin(into: &out)
    chunks.openDelta(&out)
    openCall(place, &out)
    if call.index != nil { out.append(contentsOf: (call.isCustom ? #","custom":{"# : #","function":{"#).utf8) }
    out.append(contentsOf: (call.isCustom ? #""input":""# : #""arguments":""#).utf8)
    out.append(copying: arguments, of: source)
    out.append(UInt8(ascii: "\""))
    closeCall(place, &out)
    chunks.closeDelta(&out)
  }

  private func openCall(_ place: Int, _ out: inout [UInt8]) {
    guard let index = items[place].call?.index else {
      return out.append(contentsOf: #""function_call":{"#.utf8)
    }
    out.append(contentsOf: #""tool_calls":[{"index":"#.utf8)
    out.append(contentsOf: String(index).utf8)
  }

  private func closeCall(_ place: Int, _ out: inout [UInt8]) {
    out.append(contentsOf: (items[place].call?.index == nil ? "}" : "}}]").utf8)
  }

  /// The call's `call_id`, else the item's own id, else one that tells it from the others.
  private func appendCallID(_ item: Range<Int>, in source: Span<UInt8>, to out: inout [UInt8]) {
    for name in ["call_id", "id"] as [StaticString] {
      guard let id = JSONPick.member(name, of: item, in: source), id.kind == .string, !id.contents.isEmpty else {
        continue
      }
      return out.append(copying: id.contents, of: source)
    }
    out.append(contentsOf: "call_\(calls)_\(answerID)".utf8)
  }
}
