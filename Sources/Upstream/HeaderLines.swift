import Wire

/// Header fields of a request to an upstream, as they go over the wire: lines of `name: value`, each closed by CR LF.
package struct HeaderLines: Sendable {
  private(set) var bytes: [UInt8] = []
  /// How many lines there are.
  private(set) var count = 0

  package init() {}

  /// Room for the fields of a usual SDK request, so that the buffer is allocated once.
  package init(reserving bytes: Int) { self.bytes.reserveCapacity(bytes) }

  /// Adds `name: value`. A name or value with CR, LF or NUL is refused: it could be read as further lines.
  ///
  /// - Returns: whether the line was added.
  @discardableResult
  package mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    guard !name.isEmpty, HeaderLines.isOneLine(name), HeaderLines.isOneLine(value) else { return false }
    name.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    bytes.append(0x3a)
    bytes.append(0x20)
    value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    bytes.append(0x0d)
    bytes.append(0x0a)
    count += 1
    return true
  }

  /// Adds `name: value`, by the same rule.
  @discardableResult
  package mutating func append(_ name: String, _ value: [UInt8]) -> Bool { append(name.utf8.span, value.span) }

  /// Adds `name: value`, by the same rule.
  @discardableResult
  package mutating func append(_ name: String, _ value: String) -> Bool {
    append(name.utf8.span, value.utf8.span)
  }

  /// Adds whole lines as they stand in `source`, which has been checked: `name: value`, each closed by CR LF.
  ///
  /// - Parameter count: how many lines they are.
  package mutating func append(lines: Range<Int>, of source: Span<UInt8>, count: Int) {
    source.extracting(lines).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    self.count += count
  }

  /// Adds the lines of another list.
  package mutating func append(_ other: HeaderLines) {
    bytes += other.bytes
    count += other.count
  }

  /// Takes out every line of that name, in any case.
  package mutating func remove(_ name: String) {
    let wanted = name.utf8.map(HTTPByte.lowercase)
    var kept: [UInt8] = []
    forEach { line in
      if HeaderLines.isNamed(bytes[line], wanted) {
        count -= 1
      } else {
        kept += bytes[line]
        kept += [0x0d, 0x0a]
      }
    }
    bytes = kept
  }

  /// Whether there is a line of that name, given in lower case.
  func contains(_ name: StaticString) -> Bool {
    let wanted = name.withUTF8Buffer { Array($0) }
    var found = false
    forEach { found = found || HeaderLines.isNamed(bytes[$0], wanted) }
    return found
  }

  /// Each line without its end, as a range of `bytes`.
  func forEach(_ body: (Range<Int>) -> Void) {
    var start = 0
    for (position, byte) in bytes.enumerated() where byte == 0x0a {
      body(start..<position - 1)
      start = position + 1
    }
  }

  private static func isNamed(_ line: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
    guard line.count > wanted.count, line[line.startIndex + wanted.count] == 0x3a else { return false }
    return zip(line, wanted).allSatisfy { HTTPByte.lowercase($0) == $1 }
  }

  private static func isOneLine(_ text: Span<UInt8>) -> Bool {
    for index in text.indices {
      let byte = text[index]
      if byte == 0x0d || byte == 0x0a || byte == 0 { return false }
    }
    return true
  }
}
