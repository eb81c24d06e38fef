/// Why a text is not JSON, and at which byte that shows.
package struct JSONFailure: Error, Equatable, Sendable {
  /// Offset of the offending byte, from the start of the text; equal to its length when the text ends too early.
  package var offset: Int
  /// A sentence fragment for an error message, such as `expected ',' or '}'`.
  package var reason: String

  package init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }
}

/// The seven kinds of JSON values (RFC 8259, section 3).
package enum JSONKind: Equatable, Sendable {
  case object, array, string, number, `true`, `false`, null
}

/// A value of a document, known by its place in the document's bytes; nothing is decoded or copied.
package struct JSONValue: Equatable, Sendable {
  /// What the value is.
  package var kind: JSONKind
  /// The value's bytes: from `{` to `}`, from quote to quote, from first to last digit.
  package var range: Range<Int>

  package init(kind: JSONKind, range: Range<Int>) {
    self.kind = kind
    self.range = range
  }

  /// What lies between the delimiters of a string, array or object; the whole range of any other value.
  package var contents: Range<Int> {
    switch kind {
    case .object, .array, .string: range.count >= 2 ? range.lowerBound + 1..<range.upperBound - 1 : range
    case .number, .true, .false, .null: range
    }
  }
}

/// A member of an object.
package struct JSONMember: Equatable, Sendable {
  /// The name as it is written, escapes included, without its quotes.
  package var key: Range<Int>
  /// What the name stands for.
  package var value: JSONValue

  package init(key: Range<Int>, value: JSONValue) {
    self.key = key
    self.value = value
  }

  /// From the name's opening quote to the last byte of the value.
  package var range: Range<Int> { key.lowerBound - 1..<value.range.upperBound }
}
