/// A decoded JSON document, for translation and tests; the relay path never builds one.
///
/// Members keep their order and duplicates; numbers keep their spelling, so that nothing is lost on the way through.
package indirect enum JSONTree: Equatable, Sendable {
  case object([Member])
  case array([JSONTree])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  /// A name and its value.
  package struct Member: Equatable, Sendable {
    /// The name, unescaped.
    package var name: String
    /// The value.
    package var value: JSONTree

    package init(_ name: String, _ value: JSONTree) {
      self.name = name
      self.value = value
    }
  }

  /// Parses a whole text strictly (see `JSONScan.document`).
  package static func parse(_ bytes: Span<UInt8>, depthMax: Int = 128) throws(JSONFailure) -> JSONTree {
    let root = try JSONScan.document(bytes, depthMax: depthMax)
    var builder = JSONTreeBuilder(position: root.range.lowerBound)
    return builder.value(bytes)
  }

  /// The compact spelling of this tree.
  package var encoded: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Writes this tree as the next value of `writer`.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        member.value.write(to: &writer)
      }
      writer.endObject()
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .string(let text): writer.string(text)
    case .number(let spelling): writer.raw(Array(spelling.utf8))
    case .bool(let value): writer.bool(value)
    case .null: writer.null()
    }
  }
}

// MARK: - Access

extension JSONTree {
  /// The last member named `name` of an object.
  package subscript(_ name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// The element at `index` of an array.
  package subscript(_ index: Int) -> JSONTree? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text of a string.
  package var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The value of a number that is spelled as an integer and fits.
  package var intValue: Int? {
    guard case .number(let spelling) = self else { return nil }
    return Int(spelling)
  }

  /// The value of `true` or `false`.
  package var boolValue: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements of an array.
  package var arrayValue: [JSONTree]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members of an object, in order.
  package var objectValue: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }
}

/// Builds a tree from text that has been validated; its depth is bounded by that validation.
private struct JSONTreeBuilder {
  var position: Int

  mutating func value(_ bytes: Span<UInt8>) -> JSONTree {
    skipWhitespace(bytes)
    guard position < bytes.count else { return .null }
    switch bytes[position] {
    case JSONBytes.objectOpen: return object(bytes)
    case JSONBytes.arrayOpen: return array(bytes)
    case JSONBytes.quote: return .string(string(bytes))
    default: return scalar(bytes)
    }
  }

  private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
    position = JSONBytes.pastWhitespace(bytes, from: position, end: bytes.count)
  }

  private mutating func string(_ bytes: Span<UInt8>) -> String {
    let start = position + 1
    position = JSONSkip.string(bytes, from: position, end: bytes.count) ?? bytes.count
    return JSONString.decode(start..<max(start, position - 1), in: bytes)
  }

  private mutating func scalar(_ bytes: Span<UInt8>) -> JSONTree {
    guard let value = JSONSkip.value(bytes, from: position, end: bytes.count) else {
      position = bytes.count
      return .null
    }
    position = value.range.upperBound
    switch value.kind {
    case .true: return .bool(true)
    case .false: return .bool(false)
    case .number: return .number(JSONString.decode(value.range, in: bytes))
    case .null, .object, .array, .string: return .null
    }
  }

  private mutating func object(_ bytes: Span<UInt8>) -> JSONTree {
    var members: [JSONTree.Member] = []
    position += 1
    skipWhitespace(bytes)
    while position < bytes.count, bytes[position] == JSONBytes.quote {
      let name = string(bytes)
      skipWhitespace(bytes)
      position += 1
      members.append(JSONTree.Member(name, value(bytes)))
      endEntry(bytes)
    }
    position += 1
    return .object(members)
  }

  private mutating func array(_ bytes: Span<UInt8>) -> JSONTree {
    var elements: [JSONTree] = []
    position += 1
    skipWhitespace(bytes)
    while position < bytes.count, bytes[position] != JSONBytes.arrayClose {
      elements.append(value(bytes))
      endEntry(bytes)
    }
    position += 1
    return .array(elements)
  }

  /// Moves over the comma behind an entry, if there is one, to the next entry or the closing bracket.
  private mutating func endEntry(_ bytes: Span<UInt8>) {
    skipWhitespace(bytes)
    guard position < bytes.count, bytes[position] == JSONBytes.comma else { return }
    position += 1
    skipWhitespace(bytes)
  }
}
