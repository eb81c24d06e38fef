/// Reads single values out of JSON text without building a tree.
///
/// Lenient: damaged text gives nil, never a trap. Where a name occurs twice the last one counts, as in common
/// parsers; names are compared by what their escapes mean.
package enum JSONPick {
  /// The value of the member `name` of the object at `object`.
  package static func member(_ name: StaticString, of object: Range<Int>, in bytes: Span<UInt8>) -> JSONValue? {
    var cursor = JSONCursor(object, in: bytes)
    var found: JSONValue?
    while let member = cursor.nextMember(in: bytes) {
      if JSONString.key(member.key, in: bytes, means: name) { found = member.value }
    }
    return found
  }

  /// The value that `names` lead to, member by member, from the object at `object`; objects only.
  package static func path(_ names: [StaticString], of object: Range<Int>, in bytes: Span<UInt8>) -> JSONValue? {
    var value: JSONValue?
    var range = object
    for name in names {
      guard let next = member(name, of: range, in: bytes) else { return nil }
      value = next
      range = next.range
    }
    return value
  }

  /// The text of a string value, unescaped (see `JSONString.decode`); nil for any other kind.
  package static func string(_ value: JSONValue?, in bytes: Span<UInt8>) -> String? {
    guard let value, value.kind == .string else { return nil }
    return JSONString.decode(value.contents, in: bytes)
  }

  /// The value of a number that is a whole one (`3`, also `3.0` and `3e2`) and fits; nil for anything else.
  package static func integer(_ value: JSONValue?, in bytes: Span<UInt8>) -> Int? {
    guard let value, value.kind == .number else { return nil }
    if let plain = plainInteger(value.range, in: bytes) { return plain }
    guard let double = number(value, in: bytes) else { return nil }
    return Int(exactly: double)
  }

  /// The value of a finite number; nil for anything else.
  package static func number(_ value: JSONValue?, in bytes: Span<UInt8>) -> Double? {
    guard let text = numberText(value, in: bytes), let double = Double(text), double.isFinite else { return nil }
    return double
  }

  /// The value of `true` or `false`; nil for any other kind.
  package static func bool(_ value: JSONValue?) -> Bool? {
    switch value?.kind {
    case .true: true
    case .false: false
    case .object, .array, .string, .number, .null, nil: nil
    }
  }

  /// Longest number that is converted; longer spellings have no sensible value here.
  private static let numberBytesMax = 400

  /// The value of digits with an optional minus, without allocating; nil for other spellings and on overflow.
  private static func plainInteger(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else { return nil }
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    var value = 0
    // Counting downwards reaches the least integer as well.
    for index in range.lowerBound + (isNegative ? 1 : 0)..<range.upperBound {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, underflow) = shifted.subtractingReportingOverflow(Int(digit))
      if overflow || underflow { return nil }
      value = next
    }
    if isNegative { return range.count > 1 ? value : nil }
    return value == .min ? nil : -value
  }

  private static func numberText(_ value: JSONValue?, in bytes: Span<UInt8>) -> String? {
    guard let value, value.kind == .number, value.range.count <= numberBytesMax else { return nil }
    var text: [UInt8] = []
    text.append(copying: value.range, of: bytes)
    return String(decoding: text, as: UTF8.self)
  }
}
