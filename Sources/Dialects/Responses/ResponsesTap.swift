import Wire

/// Watches a relayed stream of the responses API from the side, to know how it stands and how to end it.
///
/// The stream's bytes are never changed. To be able to close what is open, the tap keeps the announced and finished
/// items and the text of open ones, as escaped bytes; all within `heldBytesMax`. Per event it walks over the event's
/// members once; nothing is allocated but the growth of the kept text.
package struct ResponsesTap: Sendable {
  /// How many events with data came, `[DONE]` not counted.
  package private(set) var events = 0
  /// How many of them did not look like a JSON object.
  package private(set) var malformedEvents = 0
  /// Whether `[DONE]` came, which some servers send.
  package private(set) var sawDone = false
  /// How the stream ended, once it did.
  package private(set) var terminal: ResponsesTerminal?
  /// The usage of the terminal event.
  package private(set) var usage: TokenUsage?
  /// The first `error` event, or the error of `response.failed`.
  package private(set) var error: PeekedError?
  /// Whether an `error` event came.
  package private(set) var sawErrorEvent = false
  /// Whether more came than may be kept; the ending then leaves out items and text.
  package private(set) var overflowed = false

  private(set) var identity = SeenIdentity()
  /// The response as its first event brought it; empty when there was none, or too large or unsound a one.
  private(set) var snapshot: [UInt8] = []
  private(set) var sawSnapshot = false
  private(set) var items: [ResponsesItem] = []
  private var lastSequence: Int?
  /// Bytes kept of all items.
  private(set) var heldBytes = 0

  /// Most bytes that are kept of all items together.
  package static let heldBytesMax = 1 << 20
  /// Largest response object that is kept (instructions and tools are part of it).
  package static let snapshotBytesMax = 1 << 20
  /// Most items that are kept.
  package static let itemsMax = 1024

  /// A tap at the start of a stream.
  package init() {}

  /// The response's id, once seen.
  package var id: String? { identity.idText }
  /// The model that the response names, once seen.
  package var model: String? { identity.modelText }
  /// Whether the stream has told of an error.
  package var hasError: Bool { error != nil }
  /// Whether a terminal event came: without it the stream is cut short.
  package var isComplete: Bool { terminal != nil }
  /// Whether nothing can follow any more.
  package var terminalSeen: Bool { terminal != nil || sawDone }
  /// How many output items were announced and are not finished.
  package var openItems: Int { items.count { !$0.isDone } }

  /// The number that the next event must have.
  var nextSequence: Int { lastSequence.map { $0 + 1 } ?? events }

  /// Takes note of a complete block of the stream.
  package mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    guard let data = block.data, !terminalSeen else { return }
    guard block.dataLines > 1 else { return observe(data, in: source) }
    let joined = block.joinedData(in: source)
    observe(0..<joined.count, in: joined.span)
  }

  private mutating func observe(_ data: Range<Int>, in bytes: Span<UInt8>) {
    let object = JSONScan.trimmed(data, in: bytes)
    if bytes.equals("[DONE]", in: object) {
      sawDone = true
      return
    }
    events += 1
    guard JSONScan.looksLikeObject(object, in: bytes) else {
      malformedEvents += 1
      return
    }
    let fields = ResponsesEventFields(of: object, in: bytes)
    if let number = JSONPick.integer(fields.sequence, in: bytes), (0..<Int(Int32.max)).contains(number) {
      lastSequence = number
    }
    guard let type = fields.type, type.kind == .string else {
      if sawErrorEvent == false, let error = PeekedError.read(ofObject: object, in: bytes) { noteError(error) }
      return
    }
    follow(ResponsesEventType.read(type.contents, in: bytes), fields, object, in: bytes)
  }

  private mutating func follow(
    _ type: ResponsesEventType, _ fields: ResponsesEventFields, _ object: Range<Int>, in bytes: Span<UInt8>
  ) {
    switch type {
    case .snapshot: learnSnapshot(fields.response, in: bytes)
    case .terminal(let kind): learnTerminal(kind, fields.response, in: bytes)
    case .error:
      noteError(
        PeekedError.read(ofObject: object, in: bytes) ?? PeekedError.fields(of: object, in: bytes))
    case .itemAdded: add(fields, in: bytes)
    case .itemDone, .partAdded, .partDone, .textDelta, .textDone, .annotationAdded, .argumentsDelta, .argumentsDone:
      guard !overflowed, let place = place(of: fields, in: bytes) else { return }
      let before = items[place].weight
      items[place].follow(type, fields, in: bytes)
      hold(items[place].weight - before)
    case .other: break
    }
  }

  private mutating func noteError(_ error: PeekedError) {
    sawErrorEvent = true
    if self.error == nil { self.error = error }
  }

  private mutating func learnSnapshot(_ response: JSONValue?, in bytes: Span<UInt8>) {
    guard !sawSnapshot, let response, response.kind == .object else { return }
    sawSnapshot = true
    identity.learn(ofObject: response.range, createdName: "created_at", in: bytes)
    guard response.range.count <= Self.snapshotBytesMax, JSONScan.isSound(bytes.extracting(response.range)) else {
      return
    }
    snapshot = [UInt8](copying: response.range, of: bytes)
  }

  private mutating func learnTerminal(
    _ kind: ResponsesTerminal, _ response: JSONValue?, in bytes: Span<UInt8>
  ) {
    terminal = kind
    guard let response, response.kind == .object else { return }
    identity.learn(ofObject: response.range, createdName: "created_at", in: bytes)
    usage = TokenUsage.read(JSONPick.member("usage", of: response.range, in: bytes), in: bytes)
    if error == nil { error = PeekedError.read(ofObject: response.range, in: bytes) }
  }

  private mutating func add(_ fields: ResponsesEventFields, in bytes: Span<UInt8>) {
    guard !overflowed, let item = fields.item, item.kind == .object, place(of: fields, in: bytes) == nil,
      let index = JSONPick.integer(fields.outputIndex, in: bytes)
    else { return }
    guard items.count < Self.itemsMax else { return overflow() }
    items.append(ResponsesItem(outputIndex: index, item: item.range, in: bytes))
    hold(items[items.count - 1].weight)
  }

  /// The item that an event is about, by its output index.
  private func place(of fields: ResponsesEventFields, in bytes: Span<UInt8>) -> Int? {
    guard let index = JSONPick.integer(fields.outputIndex, in: bytes) else { return nil }
    return items.lastIndex { $0.outputIndex == index }
  }

  /// Accounts for `count` more kept bytes.
  private mutating func hold(_ count: Int) {
    heldBytes += count
    if heldBytes > Self.heldBytesMax { overflow() }
  }

  private mutating func overflow() {
    overflowed = true
    items = []
    heldBytes = 0
  }
}
