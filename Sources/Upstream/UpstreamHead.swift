import Wire

/// The status line and header fields of an upstream's answer, as offsets into one buffer.
package struct UpstreamHead: Sendable {
  /// Bytes of all header lines of one answer, interim answers included; beyond it the answer counts as invalid.
  static let bytesMax = 64 * 1024

  /// Room for the head of an ordinary answer, so that both buffers are allocated once.
  private static let usualBytes = 512
  private static let usualFields = 12

  /// One header field; ranges into `bytes`.
  package struct Field: Sendable {
    package var name: Range<Int>
    package var value: Range<Int>
    /// The name, if the gateway knows it.
    package var known: HeaderName?
  }

  /// 0 until the status line has come.
  package private(set) var status = 0
  /// The minor version of HTTP/1 that the answer speaks.
  private(set) var minorVersion = 1
  package private(set) var bytes: [UInt8] = []
  package private(set) var fields: [Field] = []
  /// Whether the empty line after the fields has come.
  package private(set) var isComplete = false
  /// Bytes of all lines so far; interim answers (1xx) count although their fields are dropped.
  private var received = 0

  package init() {}

  /// A head that did not come from a server: the built-in demo's.
  package init(status: Int, fields: [(name: String, value: String)]) {
    self.status = status
    isComplete = true
    for field in fields {
      Array("\(field.name): \(field.value)".utf8).withUnsafeBytes { append($0) }
    }
  }

  /// Takes one header line, line end included.
  ///
  /// - Returns: false when the head exceeds its cap.
  mutating func receive(_ line: UnsafeRawBufferPointer) -> Bool {
    received += line.count
    guard received <= UpstreamHead.bytesMax else { return false }
    if line.count > 5, line[4] == 0x2f, line[0] == 0x48, line[1] == 0x54, line[2] == 0x54, line[3] == 0x50 {
      bytes.removeAll(keepingCapacity: true)
      fields.removeAll(keepingCapacity: true)
      status = UpstreamHead.parseStatus(line)
      minorVersion = line.count > 7 && line[7] == 0x30 ? 0 : 1
      return true
    }
    var end = line.count
    while end > 0, line[end - 1] == 0x0a || line[end - 1] == 0x0d { end -= 1 }
    if end == 0 {
      // After an interim answer (100, 103) another status line follows.
      isComplete = status >= 200
      return true
    }
    append(UnsafeRawBufferPointer(rebasing: line[..<end]))
    return true
  }

  /// Changes bytes in place, such as those that must not be shown; their number must stay.
  package mutating func edit(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

  /// Takes one field that has been looked at, in a line without its end.
  ///
  /// - Returns: false when the head exceeds its cap.
  mutating func receive(_ field: HeadLine.Field, in line: UnsafeRawBufferPointer) -> Bool {
    received += line.count + 2
    guard received <= UpstreamHead.bytesMax else { return false }
    append(line, nameEnd: field.nameEnd, colon: field.colon, known: field.known)
    return true
  }

  mutating func reset() {
    status = 0
    received = 0
    isComplete = false
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
  }

  /// The value of the last field of that name.
  ///
  /// - Parameter name: in lower case.
  package func value(_ name: StaticString) -> String? {
    guard let field = fields.last(where: { isNamed($0, name) }) else { return nil }
    return String(decoding: bytes[field.value], as: UTF8.self)
  }

  /// The value of the last field of that name.
  package func value(_ name: HeaderName) -> String? {
    last(name).map { String(decoding: bytes[$0.value], as: UTF8.self) }
  }

  /// The last field of that name.
  package func last(_ name: HeaderName) -> Field? {
    for field in fields.reversed() where field.known == name { return field }
    return nil
  }

  /// Whether the field's name equals `name` (given in lower case) without regard to case.
  package func isNamed(_ field: Field, _ name: StaticString) -> Bool {
    let count = field.name.count
    guard count == name.utf8CodeUnitCount else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      let found = UnsafeBufferPointer(rebasing: bytes[field.name])
      return name.withUTF8Buffer { wanted in
        for offset in 0..<count {
          if HTTPByte.lowercase(found[offset]) != wanted[offset] { return false }
        }
        return true
      }
    }
  }

  /// Whether the last `Content-Type` names this type (given in lower case), whatever its parameters (RFC 9110 section
  /// 8.3.1). Costs no allocation.
  package func hasMediaType(_ type: StaticString) -> Bool {
    guard let field = last(.contentType) else { return false }
    let end = field.value.lowerBound + type.utf8CodeUnitCount
    guard end <= field.value.upperBound,
      isNamed(Field(name: field.value.lowerBound..<end, value: 0..<0), type)
    else { return false }
    guard end < field.value.upperBound else { return true }
    return bytes[end] == 0x3b || bytes[end] == 0x20 || bytes[end] == 0x09
  }

  /// Whether there is a field of that name.
  package func contains(_ name: HeaderName) -> Bool { last(name) != nil }

  /// Whether a field's value is `wanted` (given in lower case), without regard to case.
  func valueIs(_ field: Field, _ wanted: StaticString) -> Bool {
    isNamed(Field(name: field.value, value: 0..<0), wanted)
  }

  /// Whether a field's value, a list with commas, has `wanted` (given in lower case) among its elements.
  func valueContains(_ field: Field, _ wanted: StaticString) -> Bool {
    var start = field.value.lowerBound
    while start < field.value.upperBound {
      let end = bytes[start..<field.value.upperBound].firstIndex(of: 0x2c) ?? field.value.upperBound
      var element = start..<end
      while !element.isEmpty, bytes[element.lowerBound] == 0x20 || bytes[element.lowerBound] == 0x09 {
        element = element.lowerBound + 1..<element.upperBound
      }
      while !element.isEmpty, bytes[element.upperBound - 1] == 0x20 || bytes[element.upperBound - 1] == 0x09 {
        element = element.lowerBound..<element.upperBound - 1
      }
      if isNamed(Field(name: element, value: 0..<0), wanted) { return true }
      start = end + 1
    }
    return false
  }

  private mutating func append(_ line: UnsafeRawBufferPointer) {
    guard let colon = line.firstIndex(of: 0x3a), colon > 0 else { return }
    var nameEnd = colon
    // White space before the colon is to be taken off, lest somebody behind us takes it for part of the name.
    while nameEnd > 0, line[nameEnd - 1] == 0x20 || line[nameEnd - 1] == 0x09 { nameEnd -= 1 }
    let name = UnsafeRawBufferPointer(rebasing: line[..<nameEnd])
    append(line, nameEnd: nameEnd, colon: colon, known: HeaderName.named(Span(_unsafeBytes: name)))
  }

  private mutating func append(_ line: UnsafeRawBufferPointer, nameEnd: Int, colon: Int, known: HeaderName?) {
    let start = bytes.count
    var valueStart = colon + 1
    var valueEnd = line.count
    while valueStart < valueEnd, line[valueStart] == 0x20 || line[valueStart] == 0x09 { valueStart += 1 }
    while valueEnd > valueStart, line[valueEnd - 1] == 0x20 || line[valueEnd - 1] == 0x09 { valueEnd -= 1 }
    if bytes.isEmpty {
      bytes.reserveCapacity(UpstreamHead.usualBytes)
      fields.reserveCapacity(UpstreamHead.usualFields)
    }
    bytes.append(contentsOf: line)
    fields.append(Field(name: start..<start + nameEnd, value: start + valueStart..<start + valueEnd, known: known))
  }

  /// The three digits after `HTTP/x.y `; 0 when they are not there.
  private static func parseStatus(_ line: UnsafeRawBufferPointer) -> Int {
    guard let space = line.firstIndex(of: 0x20), line.count >= space + 4 else { return 0 }
    var status = 0
    for byte in line[space + 1..<space + 4] {
      guard byte >= 0x30, byte <= 0x39 else { return 0 }
      status = status * 10 + Int(byte - 0x30)
    }
    return status
  }
}
