import Config
import Dialects
import Policy
import Wire

/// Whether the upstream of a blocking call is asked for a stream, from which the answer is put together.
enum StreamChoice {
  static let header: StaticString = "x-sluice-stream-upstream"

  /// What the request's own header says, else what is configured for its model.
  static func aggregates(
    _ head: RequestHead, _ endpoint: Endpoint, _ route: Route
  ) throws(Failure) -> Bool {
    guard endpoint.api != nil || endpoint == .completions else { return false }
    for field in head.headers where field.known == nil && HeaderRules.equals(head.bytes[field.name], header) {
      switch head.string(field.value).lowercased() {
      case "true": return true
      case "false": return false
      default:
        throw .invalid("\(header)", "true or false")
      }
    }
    return route.options?.blockingOverStream ?? false
  }

  /// Whether a stream brings the same answer: spoken audio has other formats there, and a background response is
  /// answered at once while its stream goes on to the end.
  static func canStream(_ peek: RequestPeek, _ body: [UInt8]) -> Bool {
    let audio = JSONPick.member("audio", of: peek.root, in: body.span)
    let background = JSONPick.bool(JSONPick.member("background", of: peek.root, in: body.span))
    return audio?.kind != .object && background != true
  }
}
