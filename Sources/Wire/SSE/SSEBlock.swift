/// One block of an event stream: the lines up to and including an empty line (WHATWG HTML, section 9.2).
///
/// All ranges are offsets into the source that the scanner was given.
package struct SSEBlock: Equatable, Sendable {
  /// The block's bytes, with the empty line that ends it; consecutive blocks leave no byte out.
  package var range: Range<Int>
  /// The payload of the first `data` line, or nil when the block has none.
  package var data: Range<Int>?
  /// How many `data` lines there are; their payloads are joined by line feeds (`joinedData`).
  package var dataLines = 0
  /// The value of the last `event` line.
  package var event: Range<Int>?
  /// Whether there is a field other than `data` and `event`: `id`, `retry` or an unknown one.
  package var hasOtherFields = false

  /// A block at `range` without fields.
  package init(range: Range<Int>) {
    self.range = range
  }

  /// Whether the block holds comments only, or nothing but its empty line.
  package var isComment: Bool { dataLines == 0 && event == nil && !hasOtherFields }

  /// The payloads of all `data` lines, joined by line feeds; a copy, for the rare block with more than one.
  package func joinedData(in source: Span<UInt8>) -> [UInt8] {
    var joined: [UInt8] = []
    guard let data else { return joined }
    joined.append(copying: data, of: source)
    // Behind the first line, which a byte order mark may stand before.
    var start = data.upperBound
    for index in data.upperBound..<range.upperBound where source[index] == 0x0A || source[index] == 0x0D {
      // The LF of a CR LF closes a line of no bytes, which is no field.
      if start < index, case .data(let payload) = SSEField(start..<index, in: source) {
        joined.append(0x0A)
        joined.append(copying: payload, of: source)
      }
      start = index + 1
    }
    return joined
  }
}

/// One line of an event stream, taken apart.
enum SSEField: Equatable {
  case comment
  case data(Range<Int>)
  case event(Range<Int>)
  case other

  /// Reads the line at `line`, without its line end. Names are case-sensitive.
  init(_ line: Range<Int>, in source: Span<UInt8>) {
    if let value = Self.value("data", line, in: source) {
      self = .data(value)
    } else if !line.isEmpty, source[line.lowerBound] == UInt8(ascii: ":") {
      self = .comment
    } else if let value = Self.value("event", line, in: source) {
      self = .event(value)
    } else {
      self = .other
    }
  }

  /// What follows `name`: behind its colon, less one space; nothing when the line is the bare name.
  private static func value(_ name: StaticString, _ line: Range<Int>, in source: Span<UInt8>) -> Range<Int>? {
    let colon = line.lowerBound + name.utf8CodeUnitCount
    guard colon <= line.upperBound, source.equals(name, in: line.lowerBound..<colon) else { return nil }
    if colon == line.upperBound { return colon..<colon }
    guard source[colon] == UInt8(ascii: ":") else { return nil }
    let start = colon + 1
    let hasSpace = start < line.upperBound && source[start] == UInt8(ascii: " ")
    return (hasSpace ? start + 1 : start)..<line.upperBound
  }
}
