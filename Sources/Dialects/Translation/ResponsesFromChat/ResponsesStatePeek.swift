import Wire

/// What a responses request says about state: all that is looked for in a body that is relayed as it is.
package struct ResponsesStatePeek: Equatable, Sendable {
  /// Whether the response is to be kept; true unless the request says otherwise.
  package var store = true
  /// Whether the caller does not wait for the answer.
  package var background = false
  /// Whether the caller wants events.
  package var stream = false
  /// The response that this one goes on from.
  package var previousResponseID: String?
  /// The conversation that it belongs to.
  package var conversationID: String?
  /// The value of `input`.
  package var input: JSONValue?

  /// Reads the body at `object`, which has been checked to be JSON (see `RequestPeek`). Values of a wrong type count
  /// as absent: they are the upstream's to refuse.
  package init(ofObject object: Range<Int>, in bytes: Span<UInt8>) {
    var cursor = JSONCursor(object, in: bytes)
    while let member = cursor.nextMember(in: bytes) {
      func isNamed(_ name: StaticString) -> Bool { JSONString.key(member.key, in: bytes, means: name) }
      let value = member.value
      if isNamed("store") {
        store = JSONPick.bool(value) ?? true
      } else if isNamed("background") {
        background = JSONPick.bool(value) ?? false
      } else if isNamed("stream") {
        stream = JSONPick.bool(value) ?? false
      } else if isNamed("previous_response_id") {
        previousResponseID = JSONPick.string(value, in: bytes)
      } else if isNamed("conversation") {
        conversationID =
          JSONPick.string(value, in: bytes)
          ?? JSONPick.string(JSONPick.member("id", of: value.range, in: bytes), in: bytes)
      } else if isNamed("input") {
        input = value
      }
    }
  }
}
