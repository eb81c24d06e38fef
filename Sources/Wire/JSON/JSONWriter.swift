/// Writes compact JSON front to back; places the commas itself.
///
/// The caller is trusted to open and close in pairs and to put a key before each value of an object.
package struct JSONWriter: Sendable {
  /// What has been written so far.
  package private(set) var bytes: [UInt8]
  private var needsComma = false

  /// An empty text with room for `capacity` bytes.
  package init(capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Opens an object.
  package mutating func beginObject() { open(JSONBytes.objectOpen) }
  /// Closes the object opened last.
  package mutating func endObject() { close(JSONBytes.objectClose) }
  /// Opens an array.
  package mutating func beginArray() { open(JSONBytes.arrayOpen) }
  /// Closes the array opened last.
  package mutating func endArray() { close(JSONBytes.arrayClose) }

  /// Writes a member's name and its colon; the value must follow.
  package mutating func key(_ name: String) {
    separate()
    JSONEscape.appendQuoted(name, to: &bytes)
    bytes.append(JSONBytes.colon)
    needsComma = false
  }

  /// Writes a string, escaping what must be.
  package mutating func string(_ text: String) {
    separate()
    JSONEscape.appendQuoted(text, to: &bytes)
  }

  /// Writes a whole number.
  package mutating func integer(_ value: Int) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Writes the shortest spelling that reads back as `value`; JSON has no infinities or NaN, they become null.
  package mutating func double(_ value: Double) {
    separate()
    bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
  }

  /// Writes `true` or `false`.
  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes `null`.
  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a value that is JSON already.
  package mutating func raw(_ value: [UInt8]) {
    separate()
    bytes.append(contentsOf: value)
  }

  /// Writes a value that is JSON already.
  package mutating func raw(_ value: Span<UInt8>) {
    separate()
    bytes.append(copying: 0..<value.count, of: value)
  }

  /// Writes a string whose contents are escaped already, such as a concatenation of relayed fragments.
  package mutating func escapedString(_ contents: [UInt8]) {
    separate()
    bytes.append(JSONBytes.quote)
    bytes.append(contentsOf: contents)
    bytes.append(JSONBytes.quote)
  }

  private mutating func separate() {
    if needsComma { bytes.append(JSONBytes.comma) }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }
}

// MARK: - Members

extension JSONWriter {
  /// Writes a member with a string value, or null for nil.
  package mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// Writes a member with an integer value, or null for nil.
  package mutating func member(_ name: String, _ value: Int?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// Writes a member with a boolean value.
  package mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// Writes a member whose value is JSON already.
  package mutating func member(_ name: String, raw value: [UInt8]) {
    key(name)
    raw(value)
  }

  /// Writes a member whose value is a list of `elements`: JSON already, separated by commas.
  package mutating func member(_ name: String, elements: [UInt8]) {
    key(name)
    beginArray()
    if !elements.isEmpty { raw(elements) }
    endArray()
  }
}
