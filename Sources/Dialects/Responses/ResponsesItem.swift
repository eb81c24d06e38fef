import Wire

/// An output item of a responses stream: as it was announced, and what its deltas brought since.
struct ResponsesItem: Sendable {
  enum Kind: Sendable {
    case message, reasoning, functionCall, customToolCall, mcpCall
    /// Hosted tools and whatever else: only announced and finished.
    case other
  }

  let outputIndex: Int
  let kind: Kind
  /// The item's JSON: as added, or as done once `isDone`.
  private(set) var bytes: [UInt8]
  /// The escaped contents of the id that its events name.
  private(set) var id: [UInt8]?
  private(set) var isDone = false
  /// Contents and summaries, in the order in which they were added.
  private(set) var parts: [ResponsesPart] = []
  /// The escaped contents of a call's arguments or input.
  private(set) var arguments: [UInt8] = []
  private(set) var argumentsDone = false
  /// How many bytes are kept for this item, its own bookkeeping included.
  private(set) var weight: Int

  /// What an item or part is taken to need besides its bytes.
  private static let overhead = 128

  /// An item as `response.output_item.added` brought it.
  init(outputIndex: Int, item: Range<Int>, in source: Span<UInt8>) {
    self.outputIndex = outputIndex
    bytes = [UInt8](copying: item, of: source)
    kind = Self.kind(of: item, in: source)
    weight = bytes.count + Self.overhead
    learnID(JSONPick.member("id", of: item, in: source), in: source)
  }

  /// The item as it would stand in `output`: whole when done, else with what there is and status `incomplete`.
  ///
  /// What no event has added to stays as it was announced.
  var current: [UInt8] {
    if isDone { return bytes }
    var changes: [(name: StaticString, value: [UInt8])] = [("status", Array("\"incomplete\"".utf8))]
    for (name, isSummary) in [("summary", true), ("content", false)] as [(StaticString, Bool)] {
      let list = parts.filter { $0.channel.isSummary == isSummary }
      if !list.isEmpty { changes.append((name, Self.list(list))) }
    }
    if let name = argumentsName, !arguments.isEmpty {
      changes.append((name, [UInt8(ascii: "\"")] + arguments + [UInt8(ascii: "\"")]))
    }
    return JSONSplice.setting(changes, in: bytes)
  }

  /// The escaped contents of a call's arguments or input: what the deltas brought, else what was announced.
  var wholeArguments: [UInt8] {
    guard arguments.isEmpty, let name = argumentsName,
      let value = JSONPick.member(name, of: 0..<bytes.count, in: bytes.span), value.kind == .string
    else { return arguments }
    return Array(bytes[value.contents])
  }

  /// The member that holds a call's arguments.
  private var argumentsName: StaticString? {
    switch kind {
    case .functionCall, .mcpCall: "arguments"
    case .customToolCall: "input"
    case .message, .reasoning, .other: nil
    }
  }

  /// The id is taken from the first event that has one: calls may be announced without.
  private mutating func learnID(_ value: JSONValue?, in source: Span<UInt8>) {
    guard id == nil, let value, value.kind == .string, !value.contents.isEmpty else { return }
    id = [UInt8](copying: value.contents, of: source, max: SeenIdentity.fieldBytesMax)
  }

  private static func list(_ parts: [ResponsesPart]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginArray()
    for part in parts.sorted(by: { $0.index < $1.index }) { writer.raw(part.json) }
    writer.endArray()
    return writer.bytes
  }

  private static func kind(of item: Range<Int>, in source: Span<UInt8>) -> Kind {
    guard let type = JSONPick.member("type", of: item, in: source), type.kind == .string else { return .other }
    func means(_ name: StaticString) -> Bool { JSONString.key(type.contents, in: source, means: name) }
    if means("message") { return .message }
    if means("reasoning") { return .reasoning }
    if means("function_call") { return .functionCall }
    if means("custom_tool_call") { return .customToolCall }
    return means("mcp_call") ? .mcpCall : .other
  }
}

// MARK: - Events

extension ResponsesItem {
  /// Takes over what an event about this item says. Events about a finished item change nothing.
  mutating func follow(_ type: ResponsesEventType, _ fields: ResponsesEventFields, in source: Span<UInt8>) {
    guard !isDone else { return }
    learnID(fields.itemID, in: source)
    let index = JSONPick.integer(fields.partIndex, in: source) ?? 0
    switch type {
    case .itemDone:
      if let item = fields.item, item.kind == .object { finish(item.range, in: source) }
    case .partAdded(let channel):
      if let channel = channel ?? .read(part: fields.part, in: source) { _ = place(of: channel, index) }
    case .partDone(let isSummary):
      guard let part = fields.part, part.kind == .object, let place = place(isSummary, index) else { return }
      weight += Self.replace(&parts[place].doneBytes, with: part.range, in: source)
    case .textDelta(let channel):
      guard let delta = fields.delta, delta.kind == .string else { return }
      parts[place(of: channel, index)].text.append(copying: delta.contents, of: source)
      weight += delta.contents.count
    case .textDone(let channel):
      let place = place(of: channel, index)
      parts[place].textDone = true
      guard let text = fields.text, text.kind == .string else { return }
      weight += Self.replace(&parts[place].text, with: text.contents, in: source)
    case .annotationAdded:
      guard let annotation = fields.annotation else { return }
      weight += annotation.range.count + 1
      parts[place(of: .outputText, index)].addAnnotation(annotation.range, in: source)
    case .argumentsDelta:
      guard let delta = fields.delta, delta.kind == .string else { return }
      arguments.append(copying: delta.contents, of: source)
      weight += delta.contents.count
    case .argumentsDone:
      argumentsDone = true
      guard let text = fields.text, text.kind == .string else { return }
      weight += Self.replace(&arguments, with: text.contents, in: source)
    case .snapshot, .itemAdded, .terminal, .error, .other: break
    }
  }

  private mutating func finish(_ item: Range<Int>, in source: Span<UInt8>) {
    bytes = [UInt8](copying: item, of: source)
    isDone = true
    parts = []
    arguments = []
    weight = bytes.count + Self.overhead
  }

  /// The place of the part at `index` of the content or the summary.
  private func place(_ isSummary: Bool, _ index: Int) -> Int? {
    parts.lastIndex { $0.index == index && $0.channel.isSummary == isSummary }
  }

  /// The same, with the part made if it was never announced.
  private mutating func place(of channel: ResponsesPart.Channel, _ index: Int) -> Int {
    if let place = place(channel.isSummary, index) { return place }
    parts.append(ResponsesPart(channel, index: index))
    weight += Self.overhead
    return parts.count - 1
  }

  /// Puts the bytes of `range` into `target`; by how much it grew.
  private static func replace(_ target: inout [UInt8], with range: Range<Int>, in source: Span<UInt8>) -> Int {
    let before = target.count
    target.removeAll(keepingCapacity: true)
    target.append(copying: range, of: source)
    return target.count - before
  }
}
