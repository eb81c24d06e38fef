import Wire

/// Joins streams of the responses API (see `StreamResume`).
///
/// What a stream says twice must be equal: its texts piece by piece, every other event as a whole but for what differs
/// from one run to the next (`ResponsesReplay.isVolatile`). Identities become those that the client knows, and events
/// are numbered on from the last one that it has.
struct ResponsesResume: Sendable {
  /// The fields that the client's stream began with.
  private var identity = SeenIdentity()
  /// The whole of each text that came in pieces.
  private var texts: [(slot: ResponsesSlot, escaped: [UInt8])] = []
  /// The other events that the client has, in their order; those that show how the response stands are not among them.
  private var whole: [[UInt8]] = []
  private var hasBegun = false
  private var lastSequence: Int?
  private var replay = ResponsesReplay()

  /// Bytes that are remembered.
  private(set) var weight = 0
  /// Whether more is remembered than each event can be compared with.
  var hasTooMuch: Bool { texts.count > Self.textsMax || whole.count > Self.eventsMax }

  /// Most texts, and most other events, of a stream that can be joined to another.
  private static let textsMax = 256
  private static let eventsMax = 1024

  /// Remembers an event that the client is sent.
  mutating func note(_ block: SSEBlock, in source: Span<UInt8>) {
    guard let data = block.data else { return }
    guard block.dataLines > 1 else { return note(data, in: source) }
    let joined = block.joinedData(in: source)
    note(0..<joined.count, in: joined.span)
  }

  private mutating func note(_ data: Range<Int>, in source: Span<UInt8>) {
    hasBegun = true
    let object = JSONScan.trimmed(data, in: source)
    let fields = ResponsesEventFields(of: object, in: source)
    lastSequence = JSONPick.integer(fields.sequence, in: source) ?? lastSequence
    if let response = fields.response, response.kind == .object {
      identity.learn(ofObject: response.range, createdName: "created_at", in: source)
    }
    if let delta = fields.delta, delta.kind == .string {
      add(delta.contents, fields, in: source)
    } else if !Self.isSnapshot(fields, in: source) {
      whole.append([UInt8](copying: object, of: source))
      weight += object.count
    }
  }

  private mutating func add(_ piece: Range<Int>, _ fields: ResponsesEventFields, in source: Span<UInt8>) {
    weight += piece.count
    // Pieces mostly belong to the text that came last.
    if let place = texts.lastIndex(where: { $0.slot.isSlot(of: fields, in: source) }) {
      return texts[place].escaped.append(copying: piece, of: source)
    }
    let slot = ResponsesSlot(fields, in: source)
    weight += slot.weight
    texts.append((slot, [UInt8](copying: piece, of: source)))
  }

  private static func isSnapshot(_ fields: ResponsesEventFields, in source: Span<UInt8>) -> Bool {
    guard let type = fields.type, type.kind == .string else { return false }
    return ResponsesEventType.read(type.contents, in: source) == .snapshot
  }

  mutating func begin() {
    replay = ResponsesReplay()
    for (slot, escaped) in texts { replay.expect(PrefixCursor(escaped), in: slot) }
    for event in whole { replay.expect(event) }
  }

  mutating func rewrite(_ block: SSEBlock, in source: Span<UInt8>) -> ResumeStep {
    guard block.data != nil else { return .pass([]) }
    let data = block.joinedData(in: source)
    let object = JSONScan.trimmed(0..<data.count, in: data.span)
    if data.span.equals("[DONE]", in: object) {
      return replay.isCaughtUp ? .pass([UInt8](copying: block.range, of: source)) : .differs
    }
    let fields = ResponsesEventFields(of: object, in: data.span)
    // The client knows that there is a response; what it has is beyond that.
    if hasBegun, Self.isSnapshot(fields, in: data.span) { return .pass([]) }
    guard let type = JSONPick.string(fields.type, in: data.span), let tree = try? JSONTree.parse(data.span) else {
      return .differs
    }
    let delta = fields.delta.flatMap { $0.kind == .string ? [UInt8](copying: $0.contents, of: data.span) : nil }
    switch replay.take(tree, piece: delta, in: ResponsesSlot(fields, in: data.span)) {
    case .known: return .pass([])
    case .differs: return .differs
    case .new(let rest): return .pass(event(type, tree, delta: rest, isPart: delta.map { $0 != rest } ?? false))
    }
  }

  /// The event as the client is to get it, which is remembered: it may have to be joined once more.
  ///
  /// - Parameter isPart: whether the client has a part of the text already, and what was told about all of it.
  private mutating func event(_ type: String, _ tree: JSONTree, delta: [UInt8], isPart: Bool) -> [UInt8] {
    let number = (lastSequence ?? -1) + 1
    var data = JSONWriter()
    data.beginObject()
    for member in replay.renamed(tree).objectValue ?? [] {
      switch member.name {
      case "sequence_number": data.member(member.name, number)
      case "delta" where !delta.isEmpty:
        data.key(member.name)
        data.escapedString(delta)
      case "logprobs" where isPart: data.member(member.name, raw: Array("[]".utf8))
      case "response": data.member(member.name, raw: identified(member.value).encoded)
      default:
        data.key(member.name)
        member.value.write(to: &data)
      }
    }
    data.endObject()
    note(0..<data.bytes.count, in: data.bytes.span)
    var event: [UInt8] = []
    SSEWriter.append(event: type, data: data.bytes, to: &event)
    return event
  }

  /// The response under the name that the client knows it by.
  private func identified(_ response: JSONTree) -> JSONTree {
    guard case .object(var members) = response else { return response }
    for index in members.indices {
      let name = members[index].name == "created_at" ? "created" : members[index].name
      guard let known = identity.json(name), let value = try? JSONTree.parse(known.span) else { continue }
      members[index].value = value
    }
    return .object(members)
  }
}
