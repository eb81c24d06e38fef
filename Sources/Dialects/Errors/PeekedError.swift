import Wire

/// What an upstream said went wrong, read from any of the shapes that are out there.
package struct PeekedError: Equatable, Sendable {
  /// What went wrong, for a person.
  package var message: String?
  /// The class of error.
  package var type: String?
  /// The code as text; some servers send numbers.
  package var code: String?
  /// The parameter at fault.
  package var param: String?

  /// Longest text that is kept of each field.
  package static let fieldBytesMax = 1024

  package init(message: String? = nil, type: String? = nil, code: String? = nil, param: String? = nil) {
    self.message = message
    self.type = type
    self.code = code
    self.param = param
  }

  /// The error in the JSON object at `object`, or nil when it reports none.
  ///
  /// Read are OpenAI's `{"error":{…}}`, a bare string under `error`, `{"detail":…}` (a text or a list of validation
  /// messages) and `{"object":"error","message":…}`. `null`, `false`, `0` and `""` under `error` mean no error, as for
  /// the OpenAI SDKs.
  package static func read(ofObject object: Range<Int>, in bytes: Span<UInt8>) -> PeekedError? {
    read(
      error: JSONPick.member("error", of: object, in: bytes), detail: JSONPick.member("detail", of: object, in: bytes),
      object: JSONPick.member("object", of: object, in: bytes), of: object, in: bytes)
  }

  /// The same for a caller that has come by the members of `root` already.
  static func read(
    error: JSONValue?, detail: JSONValue?, object: JSONValue?, of root: Range<Int>, in bytes: Span<UInt8>
  ) -> PeekedError? {
    if let error, isTruthy(error, in: bytes) { return read(error, in: bytes) }
    if let detail, isTruthy(detail, in: bytes) { return PeekedError(message: detailText(detail, in: bytes)) }
    guard let object, object.kind == .string, JSONString.key(object.contents, in: bytes, means: "error") else {
      return nil
    }
    return fields(of: root, in: bytes)
  }

  /// The error that the value of an `error` member describes.
  static func read(_ error: JSONValue, in bytes: Span<UInt8>) -> PeekedError {
    switch error.kind {
    case .object: fields(of: error.range, in: bytes)
    case .string: PeekedError(message: text(error, in: bytes))
    case .array, .number, .true, .false, .null: PeekedError()
    }
  }

  static func fields(of object: Range<Int>, in bytes: Span<UInt8>) -> PeekedError {
    PeekedError(
      message: text(JSONPick.member("message", of: object, in: bytes), in: bytes),
      type: text(JSONPick.member("type", of: object, in: bytes), in: bytes),
      code: text(JSONPick.member("code", of: object, in: bytes), in: bytes),
      param: text(JSONPick.member("param", of: object, in: bytes), in: bytes))
  }

  static func isTruthy(_ value: JSONValue, in bytes: Span<UInt8>) -> Bool {
    switch value.kind {
    case .null, .false: false
    case .true: true
    case .string: !value.contents.isEmpty
    case .number: JSONPick.number(value, in: bytes) != 0
    case .object, .array: JSONScan.hasEntries(value, in: bytes)
    }
  }

  /// A string or the spelling of a number.
  private static func text(_ value: JSONValue?, in bytes: Span<UInt8>) -> String? {
    guard let value else { return nil }
    switch value.kind {
    case .string:
      // An escape takes at most six bytes for one, so the prefix holds enough; what it may cut is repaired.
      return JSONString.decode(value.contents.prefix(6 * fieldBytesMax), in: bytes).cut(toBytes: fieldBytesMax)
    case .number: return JSONString.decode(value.range.prefix(fieldBytesMax), in: bytes)
    case .object, .array, .true, .false, .null: return nil
    }
  }

  /// FastAPI's `detail`: a text, or a list whose entries have a `msg`.
  private static func detailText(_ detail: JSONValue, in bytes: Span<UInt8>) -> String? {
    var cursor = JSONCursor(detail.range, in: bytes)
    guard let first = cursor.nextElement(in: bytes) else { return text(detail, in: bytes) }
    return text(JSONPick.member("msg", of: first.range, in: bytes), in: bytes)
  }
}
