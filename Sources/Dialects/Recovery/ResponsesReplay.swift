import Wire

/// A stream of the responses API while it comes again: what the client has of it, and what things are called there.
struct ResponsesReplay: Sendable {
  /// An event that the client has and that has not come again.
  private struct Awaited: Sendable {
    let event: JSONTree
    /// The same without what differs from one run to the next.
    let essence: JSONTree
  }

  private var texts: [(slot: ResponsesSlot, cursor: PrefixCursor)] = []
  private var awaited: [Awaited] = []
  /// The names of items and calls of the new stream, and those that the client knows.
  private var names: [String: String] = [:]

  /// Whether everything that the client has has come again.
  var isCaughtUp: Bool { awaited.isEmpty && texts.allSatisfy(\.cursor.isExhausted) }

  /// The client has this text.
  mutating func expect(_ text: PrefixCursor, in slot: ResponsesSlot) { texts.append((slot, text)) }

  /// The client has this event.
  mutating func expect(_ event: [UInt8]) {
    guard let tree = try? JSONTree.parse(event.span) else { return }
    awaited.append(Awaited(event: tree, essence: Self.essence(tree)))
  }

  /// Takes an event of the new stream.
  ///
  /// - Parameter piece: what it adds to the text of `slot`, escaped; nil for other events.
  /// - Returns: `.new` with what the client lacks of the text, or with nothing for other events.
  mutating func take(_ event: JSONTree, piece: [UInt8]?, in slot: ResponsesSlot) -> PrefixCursor.Step {
    if let piece, let place = texts.firstIndex(where: { $0.slot == slot }) {
      let step = texts[place].cursor.advance(piece)
      // Nothing new may come before all that was sent has come again.
      if case .new = step, !isCaughtUp { return .differs }
      return step
    }
    if isCaughtUp { return .new(piece ?? []) }
    if let piece, piece.isEmpty { return .known }
    let essence = Self.essence(event)
    guard piece == nil, let place = awaited.firstIndex(where: { $0.essence == essence }) else { return .differs }
    learn(event, awaited.remove(at: place).event)
    return .known
  }

  // MARK: - What differs from one run to the next

  /// Whether a member may differ although the answer is the same: names, numbers, times, and what is drawn by lot.
  static func isVolatile(_ name: String) -> Bool {
    isName(name) || ["sequence_number", "logprobs", "obfuscation", "encrypted_content"].contains(name)
  }

  private static func isName(_ name: String) -> Bool { ["id", "item_id", "call_id"].contains(name) }

  private static func essence(_ tree: JSONTree) -> JSONTree {
    switch tree {
    case .object(let members):
      .object(
        members.filter { !isVolatile($0.name) }.map { JSONTree.Member($0.name, essence($0.value)) }
          .sorted { $0.name < $1.name })
    case .array(let elements): .array(elements.map(essence))
    case .string, .number, .bool, .null: tree
    }
  }

  // MARK: - Names

  /// Learns from an event and the equal one that the client has what the same things are called.
  private mutating func learn(_ new: JSONTree, _ known: JSONTree) {
    switch (new, known) {
    case (.object(let members), .object(let others)):
      let others = Dictionary(others.map { ($0.name, $0.value) }) { $1 }
      for member in members {
        guard let counterpart = others[member.name] else { continue }
        if Self.isName(member.name), let name = member.value.stringValue, let old = counterpart.stringValue, name != ""
        {
          names[name] = old
        } else {
          learn(member.value, counterpart)
        }
      }
    case (.array(let elements), .array(let others)):
      for (element, other) in zip(elements, others) { learn(element, other) }
    case (.object, _), (.array, _), (.string, _), (.number, _), (.bool, _), (.null, _): break
    }
  }

  /// `tree` with the names that the client knows.
  func renamed(_ tree: JSONTree) -> JSONTree {
    switch tree {
    case .object(let members):
      .object(
        members.map { member in
          if Self.isName(member.name), let name = member.value.stringValue.flatMap({ names[$0] }) {
            return JSONTree.Member(member.name, .string(name))
          }
          return JSONTree.Member(member.name, renamed(member.value))
        })
    case .array(let elements): .array(elements.map(renamed))
    case .string, .number, .bool, .null: tree
    }
  }
}
