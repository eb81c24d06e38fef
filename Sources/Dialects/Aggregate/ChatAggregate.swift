import Wire

/// Puts the chunks of a chat or completions stream together to the answer that a blocking call would have had.
///
/// Nothing is decoded that need not be: texts and arguments are kept as escaped bytes, which also joins characters that
/// were cut in two between chunks. Members that the gateway does not know are kept: strings of a delta are joined,
/// lists are joined, of anything else the last value counts. Events must be sound JSON; others are the caller's to
/// sort out, because the answer is made of their bytes.
package struct ChatAggregate: Sendable {
  /// The API that the stream speaks.
  package let flavor: ChatTap.Flavor
  /// How many bytes are kept; the caller watches it.
  package private(set) var weight = 0

  private(set) var identity = SeenIdentity()
  private(set) var choices: [ChatChoice] = []
  /// The last `usage` object, as it was spelled; empty when none came.
  private(set) var usage: [UInt8] = []
  /// Other members of the chunks, such as `system_fingerprint`.
  private var extras = RawMembers()

  /// An answer of which nothing has come yet.
  package init(_ flavor: ChatTap.Flavor) {
    self.flavor = flavor
  }

  /// Whether nothing of an answer has come, so that there is none to give.
  package var isEmpty: Bool { choices.isEmpty }

  /// Takes in a complete block of the stream; what is no JSON object is passed over.
  package mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    guard let data = block.data else { return }
    guard block.dataLines > 1 else { return add(JSONScan.trimmed(data, in: source), in: source) }
    let joined = block.joinedData(in: source)
    add(JSONScan.trimmed(0..<joined.count, in: joined.span), in: joined.span)
  }

  /// Takes in the chunk at `object`.
  mutating func add(_ object: Range<Int>, in source: Span<UInt8>) {
    guard JSONScan.looksLikeObject(object, in: source) else { return }
    if !identity.isComplete { identity.learn(ofObject: object, createdName: "created", in: source) }
    var cursor = JSONCursor(object, in: source)
    while let member = cursor.nextMember(in: source) {
      let value = member.value
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: source, means: name) }
      if isNamed("choices") {
        addChoices(value.range, in: source)
      } else if isNamed("usage") {
        if value.kind == .object { setUsage(value.range, in: source) }
      } else if value.kind != .null, !Self.isOwn(member.key, in: source) {
        let name = JSONString.decode(member.key, in: source)
        weight += extras.set(name, value.range, in: source)
        if name == "x_groq" { addForeignUsage(value.range, in: source) }
      }
    }
  }

  /// Members that every chunk has of its own, or that say nothing about the answer.
  private static func isOwn(_ key: Range<Int>, in source: Span<UInt8>) -> Bool {
    for name in ["id", "object", "created", "model", "obfuscation"] as [StaticString]
    where JSONString.key(key, in: source, means: name) { return true }
    return false
  }

  private mutating func addChoices(_ list: Range<Int>, in source: Span<UInt8>) {
    var cursor = JSONCursor(list, in: source)
    var position = 0
    while let choice = cursor.nextElement(in: source) {
      defer { position += 1 }
      let index = JSONPick.integer(JSONPick.member("index", of: choice.range, in: source), in: source) ?? position
      guard (0..<ChatTap.choicesMax).contains(index) else { continue }
      let place = place(of: index)
      weight += choices[place].add(choice.range, in: source)
      addForeignUsage(choice.range, in: source)
    }
  }

  /// Usage within `x_groq` or a choice, where there is no proper one.
  private mutating func addForeignUsage(_ object: Range<Int>, in source: Span<UInt8>) {
    guard let value = JSONPick.member("usage", of: object, in: source), value.kind == .object else { return }
    setUsage(value.range, in: source)
  }

  /// Usage is never summed within a stream; the last one counts.
  private mutating func setUsage(_ range: Range<Int>, in source: Span<UInt8>) {
    weight += range.count - usage.count
    usage = [UInt8](copying: range, of: source)
  }

  /// Where the choice `index` is; choices are kept in the order of their indices.
  private mutating func place(of index: Int) -> Int {
    let place = choices.firstIndex { $0.index >= index } ?? choices.count
    if place == choices.count || choices[place].index != index {
      choices.insert(ChatChoice(index: index), at: place)
    }
    return place
  }

  /// Writes the members that the gateway does not know.
  func writeExtras(to writer: inout JSONWriter) { extras.write(to: &writer) }
}
