import Wire

/// The text that an event with a `delta` adds to.
struct ResponsesSlot: Equatable, Sendable {
  /// The type of its events, as it is spelled.
  private let type: [UInt8]
  private let outputIndex: Int?
  /// Where the item has several parts.
  private let partIndex: Int?

  init(_ fields: ResponsesEventFields, in source: Span<UInt8>) {
    type = fields.type.map { [UInt8](copying: $0.contents, of: source) } ?? []
    outputIndex = JSONPick.integer(fields.outputIndex, in: source)
    partIndex = JSONPick.integer(fields.partIndex, in: source)
  }

  /// Bytes that it keeps.
  var weight: Int { type.count }

  /// Whether an event adds to this text. Allocates nothing: it is asked for each event.
  func isSlot(of fields: ResponsesEventFields, in source: Span<UInt8>) -> Bool {
    guard outputIndex == JSONPick.integer(fields.outputIndex, in: source),
      partIndex == JSONPick.integer(fields.partIndex, in: source)
    else { return false }
    let spelling = fields.type?.contents ?? 0..<0
    return spelling.count == type.count && type.indices.allSatisfy { type[$0] == source[spelling.lowerBound + $0] }
  }
}
