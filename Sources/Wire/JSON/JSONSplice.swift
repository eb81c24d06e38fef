/// A range of a text and what shall stand there instead; an empty range is an insertion.
package struct JSONEdit: Equatable, Sendable {
  /// What is replaced.
  package var range: Range<Int>
  /// What stands there afterwards.
  package var value: [UInt8]

  package init(_ range: Range<Int>, _ value: [UInt8]) {
    self.range = range
    self.value = value
  }
}

/// Changes single places of a JSON text and leaves every other byte as it was.
package enum JSONSplice {
  /// `bytes` with `edits` made, which must not overlap; their order does not matter.
  package static func applying(_ edits: [JSONEdit], to bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(edits.reduce(bytes.count) { $0 + $1.value.count })
    var copied = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      output.append(contentsOf: bytes[copied..<edit.range.lowerBound])
      output.append(contentsOf: edit.value)
      copied = edit.range.upperBound
    }
    output.append(contentsOf: bytes[copied...])
    return output
  }

  /// `bytes` with `range` replaced by `value`.
  package static func replacing(_ range: Range<Int>, with value: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    applying([JSONEdit(range, value)], to: bytes)
  }

  /// `bytes` with a new first member in the object at `object`; a member of the same name further on still wins
  /// in common parsers, so replace it instead where there is one.
  package static func insertingMember(
    _ name: String, value: [UInt8], intoObject object: Range<Int>, in bytes: [UInt8]
  ) -> [UInt8] {
    applying([insertion(of: name, value: value, intoObject: object, in: bytes.span)], to: bytes)
  }

  /// The edit that `insertingMember` makes, to be combined with others.
  package static func insertion(
    of name: String, value: [UInt8], intoObject object: Range<Int>, in bytes: Span<UInt8>
  ) -> JSONEdit {
    var member = JSONEscape.quoted(name)
    member.append(JSONBytes.colon)
    member.append(contentsOf: value)
    let start = object.lowerBound + 1
    let next = JSONBytes.pastWhitespace(bytes, from: start, end: bytes.count)
    if next < bytes.count, bytes[next] != JSONBytes.objectClose { member.append(JSONBytes.comma) }
    return JSONEdit(start..<start, member)
  }

  /// The object `object`, written anew with the members `changes` set: replaced where they are, else added at the end.
  package static func setting(
    _ changes: [(name: StaticString, value: [UInt8])], in object: [UInt8]
  ) -> [UInt8] {
    var writer = JSONWriter(capacity: changes.reduce(object.count + 64) { $0 + $1.value.count })
    var missing = changes
    writer.beginObject()
    var cursor = JSONCursor(0..<object.count, in: object.span)
    while let member = cursor.nextMember(in: object.span) {
      writer.key(JSONString.decode(member.key, in: object.span))
      if let change = changes.first(where: { JSONString.key(member.key, in: object.span, means: $0.name) }) {
        writer.raw(change.value)
        missing.removeAll { JSONString.key(member.key, in: object.span, means: $0.name) }
      } else {
        writer.raw(object.span.extracting(member.value.range))
      }
    }
    for change in missing { writer.member(change.name.description, raw: change.value) }
    writer.endObject()
    return writer.bytes
  }

  /// `bytes` without the members named `name` of the object at `object`, duplicates included.
  ///
  /// Each member that stays keeps its own bytes and, unless it is the first, the separator before it.
  package static func removingMember(
    _ name: StaticString, fromObject object: Range<Int>, in bytes: [UInt8]
  ) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var cursor = JSONCursor(object, in: bytes.span)
    var end: Int?
    var keptAny = false
    while let member = cursor.nextMember(in: bytes.span) {
      if end == nil { output.append(contentsOf: bytes[..<member.range.lowerBound]) }
      if !JSONString.key(member.key, in: bytes.span, means: name) {
        let start = keptAny ? end ?? member.range.lowerBound : member.range.lowerBound
        output.append(contentsOf: bytes[start..<member.range.upperBound])
        keptAny = true
      }
      end = member.range.upperBound
    }
    output.append(contentsOf: bytes[(end ?? 0)...])
    return output
  }
}
