import Policy
import Wire

/// A response object that tells of a failure, as the HTTP error that a client of chat gets instead.
package struct ResponseFailure: Equatable, Sendable {
  /// 429 for a rate limit, 400 for what is wrong with the request, else 500.
  package var status: Int
  /// What the response says went wrong.
  package var error: ErrorBody

  /// The failure that the response object `body` tells of; nil for one that did not fail, and for what is none.
  package static func read(_ body: [UInt8]) -> ResponseFailure? {
    guard let root = JSONScan.value(body.span), root.kind == .object else { return nil }
    let status = JSONPick.string(JSONPick.member("status", of: root.range, in: body.span), in: body.span)
    let error = PeekedError.read(ofObject: root.range, in: body.span)
    guard error != nil || status == "failed" || status == "cancelled" else { return nil }
    let code = error?.code ?? "server_error"
    let isInvalid = code == "invalid_prompt" || code.contains("image")
    let httpStatus = code == "rate_limit_exceeded" ? 429 : isInvalid ? 400 : 500
    let message = error?.message ?? "The upstream's response was \(status == "cancelled" ? "cancelled" : "not made")."
    return ResponseFailure(
      status: httpStatus,
      error: ErrorBody(
        message: message, type: ErrorType(status: httpStatus).rawValue, param: error?.param, code: code))
  }
}
