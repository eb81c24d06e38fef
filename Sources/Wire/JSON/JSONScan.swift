/// Finds values in JSON text (RFC 8259) by their byte ranges; decodes nothing and keeps nothing.
package enum JSONScan {
  /// The deepest nesting that any caller can ask for: it bounds the validator's stack.
  package static let depthCeiling = 512

  /// Validates the whole of `bytes` strictly, UTF-8 in strings included, and gives its one value.
  ///
  /// Linear, without allocation; about a millisecond per mebibyte. Fails with the offset of the first byte that is
  /// wrong. Arrays and objects may nest `depthMax` levels deep (never more than `depthCeiling`).
  package static func document(_ bytes: Span<UInt8>, depthMax: Int = 128) throws(JSONFailure) -> JSONValue {
    var validator = JSONValidator(depthMax: min(depthMax, depthCeiling))
    return try validator.document(bytes)
  }

  /// As `document`, and notes the members of the object that the text is in the same pass.
  ///
  /// - Parameters:
  ///   - membersMax: members noted at the most.
  ///   - members: takes them in order; empty for a value that is no object.
  /// - Returns: the value, and whether all members were noted.
  package static func document(
    _ bytes: Span<UInt8>, membersMax: Int, members: inout [JSONMember]
  ) throws(JSONFailure) -> (root: JSONValue, isComplete: Bool) {
    var validator = JSONValidator(depthMax: 128, membersMax: membersMax)
    let root = try validator.document(bytes)
    swap(&members, &validator.members)
    return (root, validator.memberCount <= membersMax)
  }

  /// The first value in `bytes` by its brackets and quotes alone: for text that is trusted or may be damaged.
  package static func value(_ bytes: Span<UInt8>) -> JSONValue? {
    let start = JSONBytes.pastWhitespace(bytes, from: 0, end: bytes.count)
    return JSONSkip.value(bytes, from: start, end: bytes.count)
  }

  /// Calls `each` with the members of the object at `object`, in order, until it answers false.
  ///
  /// Lenient: it ends early at the first damage. A range that is not an object has no members.
  package static func members(
    of object: Range<Int>, in bytes: Span<UInt8>, _ each: (JSONMember) -> Bool
  ) {
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes), each(member) {}
  }

  /// Calls `each` with the elements of the array at `array`, in order, until it answers false.
  ///
  /// Lenient in the same way as `members`.
  package static func elements(of array: Range<Int>, in bytes: Span<UInt8>, _ each: (JSONValue) -> Bool) {
    var cursor = JSONCursor(array, in: bytes)
    while let element = cursor.nextElement(in: bytes), each(element) {}
  }
}

/// Steps through the members of an object or the elements of an array, for callers that a closure does not suit.
///
/// Lenient: damage ends the walk. The same bytes must be given to every call.
package struct JSONCursor: Sendable {
  private let kind: JSONKind?
  private let end: Int
  private var position: Int
  private var isFirst = true
  /// Whether the walk has come to the closing bracket, and that is the last byte of the range.
  package private(set) var isAtEnd = false

  /// A cursor before the first entry of the object or array whose brackets `range` includes.
  package init(_ range: Range<Int>, in bytes: Span<UInt8>) {
    let lower = max(0, range.lowerBound)
    end = min(range.upperBound, bytes.count)
    position = lower + 1
    guard lower < end else {
      kind = nil
      return
    }
    switch bytes[lower] {
    case JSONBytes.objectOpen: kind = .object
    case JSONBytes.arrayOpen: kind = .array
    default: kind = nil
    }
  }

  /// The next member, or nil at the end, at damage, and when this is not an object.
  package mutating func nextMember(in bytes: Span<UInt8>) -> JSONMember? {
    guard kind == .object, step(JSONBytes.objectClose, bytes), bytes[position] == JSONBytes.quote,
      let keyEnd = JSONSkip.string(bytes, from: position, end: end)
    else { return finish() }
    let key = position + 1..<keyEnd - 1
    let colon = JSONBytes.pastWhitespace(bytes, from: keyEnd, end: end)
    guard colon < end, bytes[colon] == JSONBytes.colon else { return finish() }
    let start = JSONBytes.pastWhitespace(bytes, from: colon + 1, end: end)
    guard let value = JSONSkip.value(bytes, from: start, end: end) else { return finish() }
    position = value.range.upperBound
    return JSONMember(key: key, value: value)
  }

  /// The next element, or nil at the end, at damage, and when this is not an array.
  package mutating func nextElement(in bytes: Span<UInt8>) -> JSONValue? {
    guard kind == .array, step(JSONBytes.arrayClose, bytes),
      let value = JSONSkip.value(bytes, from: position, end: end)
    else { return finish() }
    position = value.range.upperBound
    return value
  }

  /// Moves to the first byte of the next entry; false at `close` or when the comma is missing.
  private mutating func step(_ close: UInt8, _ bytes: Span<UInt8>) -> Bool {
    position = JSONBytes.pastWhitespace(bytes, from: min(position, end), end: end)
    guard position < end, bytes[position] != close else {
      isAtEnd = position == end - 1
      return false
    }
    if !isFirst {
      guard bytes[position] == JSONBytes.comma else { return false }
      position = JSONBytes.pastWhitespace(bytes, from: position + 1, end: end)
    }
    isFirst = false
    return position < end
  }

  private mutating func finish<Entry>() -> Entry? {
    position = end
    return nil
  }
}
