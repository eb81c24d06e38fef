import Wire

/// Reads the error out of a single event, for streams whose events are looked at before they are passed on.
package enum EventError {
  /// The error that an event of a chat or completions stream, or of a responses stream, tells; nil when it tells none.
  package static func read(_ block: SSEBlock, in source: Span<UInt8>, isResponses: Bool) -> PeekedError? {
    guard block.data != nil else { return nil }
    let data = block.joinedData(in: source)
    guard let root = JSONScan.value(data.span), root.kind == .object else { return nil }
    if let error = JSONPick.member("error", of: root.range, in: data.span), PeekedError.isTruthy(error, in: data.span) {
      return PeekedError.read(error, in: data.span)
    }
    guard isResponses, let type = JSONPick.string(JSONPick.member("type", of: root.range, in: data.span), in: data.span)
    else { return nil }
    switch type {
    case "error": return PeekedError.fields(of: root.range, in: data.span)
    case "response.failed":
      let error = JSONPick.path(["response", "error"], of: root.range, in: data.span)
      return error.map { PeekedError.read($0, in: data.span) } ?? PeekedError()
    default: return nil
    }
  }
}
