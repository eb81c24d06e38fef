/// Steps over values without checking them, for text that has been validated or that may be damaged.
///
/// Never traps and never reads outside `0..<end`; on damage the answer is nil.
enum JSONSkip {
  /// The value that starts at `start`, where white space has been skipped already.
  static func value(_ bytes: Span<UInt8>, from start: Int, end: Int) -> JSONValue? {
    guard start < end else { return nil }
    switch bytes[start] {
    case JSONBytes.quote:
      return string(bytes, from: start, end: end).map { JSONValue(kind: .string, range: start..<$0) }
    case JSONBytes.objectOpen:
      return container(bytes, from: start, end: end).map { JSONValue(kind: .object, range: start..<$0) }
    case JSONBytes.arrayOpen:
      return container(bytes, from: start, end: end).map { JSONValue(kind: .array, range: start..<$0) }
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "N"), UInt8(ascii: "I"):
      // NaN and Infinity are not JSON, but some servers write them; they read as numbers without a value.
      return JSONValue(kind: .number, range: start..<scalarEnd(bytes, from: start, end: end))
    case UInt8(ascii: "t"): return literal("true", .true, bytes, from: start, end: end)
    case UInt8(ascii: "f"): return literal("false", .false, bytes, from: start, end: end)
    case UInt8(ascii: "n"): return literal("null", .null, bytes, from: start, end: end)
    default: return nil
    }
  }

  /// The index behind the closing quote of the string whose opening quote is at `start`.
  ///
  /// Looks at sixteen bytes together while there are so many.
  static func string(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int? {
    let raw = unsafe bytes.bytes
    var index = start &+ 1
    while index < end {
      if index &+ ByteBlock.width <= end {
        let block = ByteBlock(raw, at: index)
        guard let lane = ByteBlock.first(of: block.equals(JSONBytes.quote) .| block.equals(JSONBytes.backslash)) else {
          index &+= ByteBlock.width
          continue
        }
        index &+= lane
      }
      switch bytes[index] {
      case JSONBytes.quote: return index &+ 1
      // With the byte behind it, which it takes the meaning from.
      case JSONBytes.backslash: index &+= 2
      default: index &+= 1
      }
    }
    return nil
  }

  /// The index behind the bracket that closes the one at `start`; kinds of brackets are not compared.
  private static func container(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int? {
    let raw = unsafe bytes.bytes
    let end = min(end, bytes.count)
    var depth = 0
    var index = start
    while index < end {
      let byte = unsafe raw.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == JSONBytes.quote {
        guard let next = string(bytes, from: index, end: end) else { return nil }
        index = next
        continue
      }
      // The brackets differ from the braces in one bit.
      let joined = byte | 0x20
      if joined == JSONBytes.objectOpen {
        depth &+= 1
      } else if joined == JSONBytes.objectClose {
        depth &-= 1
        if depth == 0 { return index &+ 1 }
      }
      index &+= 1
    }
    return nil
  }

  private static func scalarEnd(_ bytes: Span<UInt8>, from start: Int, end: Int) -> Int {
    var index = start
    while index < end {
      switch bytes[index] {
      case JSONBytes.comma, JSONBytes.objectClose, JSONBytes.arrayClose, JSONBytes.colon, 0x20, 0x09, 0x0A, 0x0D:
        return index
      default: index += 1
      }
    }
    return end
  }

  private static func literal(
    _ text: StaticString, _ kind: JSONKind, _ bytes: Span<UInt8>, from start: Int, end: Int
  ) -> JSONValue? {
    let stop = start + text.utf8CodeUnitCount
    guard stop <= end, bytes.equals(text, in: start..<stop) else { return nil }
    return JSONValue(kind: kind, range: start..<stop)
  }
}
