import Dialects
import HTTPServer
import Policy
import Telemetry
import Wire

/// Answers that the gateway gives by itself.
enum LocalAnswer {
  /// The fields of every answer: the request's id, and what a browser needs.
  static func appendCommonFields(_ head: RequestHead?, id: RequestID, snapshot: Snapshot, to out: inout [UInt8]) {
    ResponseHeadWriter.appendField("x-request-id", id.bytes.span, to: &out)
    guard let head, let origin = snapshot.browser.allowedOrigin(head) else { return }
    ResponseHeadWriter.appendField("Access-Control-Allow-Origin", origin, to: &out)
    ResponseHeadWriter.appendField("Access-Control-Expose-Headers", AnswerHead.exposed, to: &out)
    if origin != "*" { ResponseHeadWriter.appendField("Vary", "Origin", to: &out) }
  }

  /// Sends a body of our own.
  static func send(
    _ connection: ServerConnection, status: Int = 200, _ body: [UInt8], type: String = "application/json",
    id: RequestID, snapshot: Snapshot, _ fields: (inout [UInt8]) -> Void = { _ in }
  ) {
    let encoded = Compression.apply(body, type: type, head: connection.head, snapshot: snapshot)
    connection.respond(status, body: encoded.bytes) { out in
      ResponseHeadWriter.appendField("Content-Type", type, to: &out)
      encoded.appendFields(to: &out)
      fields(&out)
      appendCommonFields(connection.head, id: id, snapshot: snapshot, to: &out)
    }
  }

  /// Sends an error in OpenAI's shape.
  static func fail(
    _ connection: ServerConnection, _ failure: Failure, id: RequestID, snapshot: Snapshot,
    _ fields: (inout [UInt8]) -> Void = { _ in }
  ) {
    send(connection, status: failure.status, ErrorBody(failure).json, id: id, snapshot: snapshot) { out in
      if failure.code == .invalidAPIKey { ResponseHeadWriter.appendField("WWW-Authenticate", "Bearer", to: &out) }
      // RFC 9110 section 15.5.22.
      if failure.code == .upgradeNotSupported { ResponseHeadWriter.appendField("Upgrade", "HTTP/1.1", to: &out) }
      if let wait = failure.retryAfter {
        ResponseHeadWriter.appendField("retry-after", String(max(1, (wait.wholeMilliseconds + 999) / 1000)), to: &out)
        ResponseHeadWriter.appendField("retry-after-ms", String(max(1, wait.wholeMilliseconds)), to: &out)
      }
      if failure.code == .requestStopped { ResponseHeadWriter.appendField("x-should-retry", "false", to: &out) }
      fields(&out)
    }
  }

  /// Answers a preflight (Fetch standard, "CORS-preflight request"), or `OPTIONS` in general.
  static func options(_ connection: ServerConnection, id: RequestID, snapshot: Snapshot) {
    let head = connection.head
    connection.respond(204, body: []) { out in
      if snapshot.browser.allowedOrigin(head) != nil {
        ResponseHeadWriter.appendField("Access-Control-Allow-Methods", EndpointMap.allMethods, to: &out)
        ResponseHeadWriter.appendField(
          "Access-Control-Allow-Headers", head.value(.accessControlRequestHeaders) ?? "authorization, content-type",
          to: &out)
        ResponseHeadWriter.appendField(
          "Access-Control-Max-Age", String(snapshot.browser.maxAgeSeconds), to: &out)
        if head.value(.accessControlRequestPrivateNetwork) == "true" {
          ResponseHeadWriter.appendField("Access-Control-Allow-Private-Network", "true", to: &out)
        }
      } else {
        ResponseHeadWriter.appendField("Allow", snapshot.endpoints.methods(head), to: &out)
      }
      appendCommonFields(head, id: id, snapshot: snapshot, to: &out)
    }
  }
}
