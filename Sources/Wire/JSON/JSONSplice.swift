/// Changes single places of a JSON text and leaves every other byte as it was.
package enum JSONSplice {
  /// `bytes` with `range` replaced by `value`.
  package static func replacing(_ range: Range<Int>, with value: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    replacing([range], with: value, in: bytes)
  }

  /// `bytes` with each of `ranges` (ascending, not overlapping) replaced by `value`.
  package static func replacing(_ ranges: [Range<Int>], with value: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + ranges.count * value.count)
    var copied = 0
    for range in ranges {
      output.append(contentsOf: bytes[copied..<range.lowerBound])
      output.append(contentsOf: value)
      copied = range.upperBound
    }
    output.append(contentsOf: bytes[copied...])
    return output
  }

  /// `bytes` with a new first member in the object at `object`; a member of the same name further on still wins
  /// in common parsers, so replace it instead where there is one.
  package static func insertingMember(
    _ name: String, value: [UInt8], intoObject object: Range<Int>, in bytes: [UInt8]
  ) -> [UInt8] {
    var member = JSONEscape.quoted(name)
    member.append(JSONBytes.colon)
    member.append(contentsOf: value)
    let start = object.lowerBound + 1
    let next = JSONBytes.pastWhitespace(bytes.span, from: start, end: bytes.count)
    if next < bytes.count, bytes[next] != JSONBytes.objectClose { member.append(JSONBytes.comma) }
    return replacing(start..<start, with: member, in: bytes)
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
