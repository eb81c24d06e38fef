import Wire

/// The fields that are the same in all events of one answer.
package struct StreamIdentity: Equatable, Sendable {
  /// Such as `chatcmpl-…` or `resp_…`.
  package var id: String
  /// The model's name as the client shall read it.
  package var model: String
  /// Seconds since 1970.
  package var created: Int

  package init(id: String, model: String, created: Int) {
    self.id = id
    self.model = model
    self.created = created
  }
}

/// An identity as a stream spelled it: bytes to be written again as they came; unsound ones are not taken over.
struct SeenIdentity: Sendable {
  /// The escaped contents of the string.
  private(set) var id: [UInt8]?
  /// The escaped contents of the string.
  private(set) var model: [UInt8]?
  /// The spelling of the number.
  private(set) var created: [UInt8]?

  /// Longer fields are not remembered.
  static let fieldBytesMax = 256

  var isComplete: Bool { id != nil && model != nil && created != nil }

  /// Takes over what is not known yet from the object at `object`; `createdName` differs between APIs.
  ///
  /// - Returns: the value of the member `otherName`, which is come by on the way.
  @discardableResult
  mutating func learn(
    ofObject object: Range<Int>, createdName: StaticString, otherName: StaticString? = nil, in bytes: Span<UInt8>
  ) -> JSONValue? {
    // One pass for all of them; where a name occurs twice the last one counts.
    var other: JSONValue?
    var seen: (id: JSONValue?, model: JSONValue?, created: JSONValue?) = (nil, nil, nil)
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes) {
      if JSONString.key(member.key, in: bytes, means: "id") {
        seen.id = member.value
      } else if JSONString.key(member.key, in: bytes, means: "model") {
        seen.model = member.value
      } else if JSONString.key(member.key, in: bytes, means: createdName) {
        seen.created = member.value
      } else if let otherName, JSONString.key(member.key, in: bytes, means: otherName) {
        other = member.value
      }
    }
    id = id ?? Self.text(seen.id, bytes)
    model = model ?? Self.text(seen.model, bytes)
    if created == nil, let value = seen.created, value.kind == .number, JSONScan.isSound(bytes.extracting(value.range))
    {
      created = [UInt8](copying: value.range, of: bytes, max: Self.fieldBytesMax)
    }
    return other
  }

  /// The member `id`, `created` or `model` as JSON, once seen.
  func json(_ name: String) -> [UInt8]? {
    func quoted(_ contents: [UInt8]) -> [UInt8] { [UInt8(ascii: "\"")] + contents + [UInt8(ascii: "\"")] }
    return switch name {
    case "id": id.map(quoted)
    case "model": model.map(quoted)
    case "created": created
    default: nil
    }
  }

  /// The id as text.
  var idText: String? { id.map { JSONString.decode(0..<$0.count, in: $0.span) } }
  /// The model as text.
  var modelText: String? { model.map { JSONString.decode(0..<$0.count, in: $0.span) } }

  /// Writes the three members; what was not seen comes from `fallback`.
  func write(
    to writer: inout JSONWriter, object: String, createdName: String, fallback: StreamIdentity
  ) {
    writer.key("id")
    if let id { writer.escapedString(id) } else { writer.string(fallback.id) }
    writer.member("object", object)
    writer.key(createdName)
    if let created { writer.raw(created) } else { writer.integer(fallback.created) }
    writer.key("model")
    if let model { writer.escapedString(model) } else { writer.string(fallback.model) }
  }

  private static func text(_ value: JSONValue?, _ bytes: Span<UInt8>) -> [UInt8]? {
    guard let value, value.kind == .string, !value.contents.isEmpty,
      value.contents.count <= fieldBytesMax, JSONScan.isSound(bytes.extracting(value.range))
    else { return nil }
    return [UInt8](copying: value.contents, of: bytes)
  }
}
