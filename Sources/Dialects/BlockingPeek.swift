import Wire

/// What the gateway notes of a complete JSON answer: enough for metrics, logs and the lookup of ids.
package struct BlockingPeek: Equatable, Sendable {
  /// The answer's id.
  package private(set) var id: String?
  /// The model that the answer names.
  package private(set) var model: String?
  /// The token counts, when the answer has them.
  package private(set) var usage: TokenUsage?
  /// The error the answer reports, whatever its status was.
  package private(set) var error: PeekedError?

  /// Longest id or model that is kept.
  package static let fieldBytesMax = 256

  /// Reads `body`; nil when it is not a JSON object, or an array of one as Google's errors come. Lenient: the body is
  /// relayed as it is, so it is not validated.
  package static func read(_ body: Span<UInt8>) -> BlockingPeek? {
    guard let root = object(in: body) else { return nil }
    var peek = BlockingPeek()
    var error: JSONValue?
    var detail: JSONValue?
    var object: JSONValue?
    var cursor = JSONCursor(root, in: body)
    while let member = cursor.nextMember(in: body) {
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: body, means: name) }
      // By length first: six comparisons for each member would be most of the work.
      switch member.key.count {
      case 2: if isNamed("id") { peek.id = text(member.value, in: body) }
      case 5:
        if isNamed("model") {
          peek.model = text(member.value, in: body)
        } else if isNamed("usage") {
          peek.usage = TokenUsage.read(member.value, in: body)
        } else if isNamed("error") {
          error = member.value
        }
      case 6:
        if isNamed("detail") { detail = member.value }
        if isNamed("object") { object = member.value }
      default: break
      }
    }
    // A body that was cut off behind an inner object ends like a whole one, too.
    guard cursor.isAtEnd || JSONScan.value(body) != nil else { return nil }
    peek.error = PeekedError.read(error: error, detail: detail, object: object, of: root, in: body)
    return peek
  }

  /// The object that the body is. One that begins and ends like an object is taken for one, which saves a pass over it.
  private static func object(in body: Span<UInt8>) -> Range<Int>? {
    let whole = JSONScan.trimmed(0..<body.count, in: body)
    if JSONScan.looksLikeObject(whole, in: body) { return whole }
    guard let root = JSONScan.value(body) else { return nil }
    if root.kind == .object { return root.range }
    guard root.kind == .array else { return nil }
    var cursor = JSONCursor(root.range, in: body)
    guard let first = cursor.nextElement(in: body), first.kind == .object else { return nil }
    return first.range
  }

  /// As `read` of a span; for a caller that holds the bytes in a place that others could change meanwhile.
  package static func read(_ body: [UInt8]) -> BlockingPeek? { read(body.span) }

  private static func text(_ value: JSONValue, in body: Span<UInt8>) -> String? {
    guard value.contents.count <= fieldBytesMax, let text = JSONPick.string(value, in: body), !text.isEmpty else {
      return nil
    }
    return text
  }
}
