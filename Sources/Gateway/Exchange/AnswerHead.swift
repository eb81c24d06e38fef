import Config
import Dialects
import HTTPServer
import Policy
import Telemetry
import Upstream
import Wire

/// Writes the response head of a relayed request.
enum AnswerHead {
  /// Header fields of ours that pages of other origins may read; the names must be spelled out.
  static let exposed =
    "x-request-id, x-sluice-upstream, x-sluice-attempts, x-sluice-overhead-us, x-upstream-request-id, x-should-retry, "
    + "retry-after, retry-after-ms, x-ratelimit-limit-requests, x-ratelimit-limit-tokens, "
    + "x-ratelimit-remaining-requests, x-ratelimit-remaining-tokens, x-ratelimit-reset-requests, "
    + "x-ratelimit-reset-tokens, openai-processing-ms, openai-version"

  /// Sends the head of an answer whose body is relayed as it comes.
  static func begin(_ exchange: Exchange, _ connection: ServerConnection) {
    let hasHead = exchange.hasAnswerHead
    // Committed before the upstream has answered: it can only be the stream that the client asked for.
    let status = hasHead ? exchange.head.status : 200
    exchange.httpStatus = status
    let isStream = !hasHead || exchange.mode == .events
    exchange.sendsEvents = isStream
    connection.begin(status, length: isStream ? nil : length(of: exchange)) { out in
      if hasHead {
        appendUpstreamFields(exchange.head, to: &out)
      } else {
        ResponseHeadWriter.appendField("Content-Type", "text/event-stream; charset=utf-8", to: &out)
      }
      if isStream {
        if !hasHead || !exchange.head.contains(.cacheControl) {
          ResponseHeadWriter.appendField("Cache-Control", "no-cache, no-transform", to: &out)
        }
        // Tells nginx not to gather the stream before it passes it on.
        if !hasHead || exchange.head.value("x-accel-buffering") == nil {
          ResponseHeadWriter.appendField("X-Accel-Buffering", "no", to: &out)
        }
      }
      appendOwnFields(exchange, to: &out)
    }
  }

  /// Sends the head of a JSON answer that is still to come, so that white space can keep its client waiting. What the
  /// upstream will say about itself, its status above all, can no longer be told.
  static func beginSpace(_ exchange: Exchange, _ connection: ServerConnection) {
    exchange.httpStatus = 200
    exchange.sendsSpace = true
    connection.begin(200, length: nil) { out in
      appendUnbuffered("application/json", to: &out)
      appendOwnFields(exchange, to: &out)
    }
  }

  /// The fields of an answer that goes out bit by bit, and is not to be gathered on its way.
  static func appendUnbuffered(_ type: String, to out: inout [UInt8]) {
    ResponseHeadWriter.appendField("Content-Type", type, to: &out)
    ResponseHeadWriter.appendField("Cache-Control", "no-cache, no-transform", to: &out)
    ResponseHeadWriter.appendField("X-Accel-Buffering", "no", to: &out)
  }

  /// Sends an answer that was put together from a stream, or the part of it that there is.
  static func respondAggregate(_ exchange: Exchange, _ connection: ServerConnection, body: [UInt8]) {
    exchange.httpStatus = 200
    let encoded = Compression.apply(
      body, type: "application/json", head: connection.head, snapshot: exchange.snapshot)
    exchange.bytesSent += encoded.bytes.count
    connection.respond(200, body: encoded.bytes) { out in
      ResponseHeadWriter.appendField("Content-Type", "application/json", to: &out)
      appendUpstreamFields(exchange.head, without: ofStreams, to: &out)
      encoded.appendFields(to: &out)
      appendOwnFields(exchange, to: &out)
    }
  }

  /// What a stream's head says of the stream alone.
  private static let ofStreams: [StaticString] = ["content-type", "cache-control", "x-accel-buffering"]

  /// Sends a whole answer: one that was held, or the upstream's own error.
  static func respond(_ exchange: Exchange, _ connection: ServerConnection, status: Int, body: [UInt8], isFinal: Bool) {
    exchange.httpStatus = status
    // A part of a document, or one that must not be transformed, stays as it is.
    let isLarge = body.count > Limits.compressFromBytes
    let mayEncode =
      isLarge && status != 206 && !(exchange.head.value(.cacheControl)?.contains("no-transform") ?? false)
    let encoded =
      mayEncode
      ? Compression.apply(
        body, type: exchange.head.value(.contentType), head: connection.head, snapshot: exchange.snapshot)
      : Compression.Encoded(bytes: body, isGzip: false, mayVary: false)
    exchange.bytesSent += encoded.bytes.count
    connection.respond(status, body: encoded.bytes) { out in
      appendUpstreamFields(exchange.head, to: &out)
      encoded.appendFields(to: &out)
      if isFinal { ResponseHeadWriter.appendField("x-should-retry", "false", to: &out) }
      appendOwnFields(exchange, to: &out)
    }
  }

  /// Sends an error of the gateway's own.
  static func fail(_ exchange: Exchange, _ connection: ServerConnection, _ failure: Failure) {
    exchange.httpStatus = failure.status
    LocalAnswer.fail(connection, failure, id: exchange.id, snapshot: exchange.snapshot) { out in
      // The gateway's own retries are spent; the SDK's would multiply them.
      if failure.code.fault == .upstream, !exchange.leavesRetriesToClient {
        ResponseHeadWriter.appendField("x-should-retry", "false", to: &out)
      }
      // RFC 9110 section 15.5.6.
      if failure.status == 405, let allow = exchange.head.last(.allow) {
        let bytes = exchange.head.bytes
        ResponseHeadWriter.appendField("Allow", bytes.span.extracting(allow.value), to: &out)
      }
      appendExchangeFields(exchange, to: &out)
    }
  }

  /// The length that the upstream announced, where the bytes are passed on undecoded and the length is what ends them:
  /// `Transfer-Encoding` overrides it (RFC 9112 section 6.3).
  private static func length(of exchange: Exchange) -> Int? {
    let head = exchange.head
    guard !head.contains(.contentEncoding), !head.contains(.transferEncoding) else { return nil }
    return exchange.head.value(.contentLength).flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  private static func appendUpstreamFields(
    _ head: UpstreamHead, without dropped: [StaticString] = [], to out: inout [UInt8]
  ) {
    let hopByHop = fieldsNamedByConnection(head)
    for field in head.fields {
      guard HeaderRules.isReturned(head.bytes[field.name], field.known) else { continue }
      // Of two types only the one by which the answer is read here is told.
      if field.known == .contentType, head.last(.contentType)?.value != field.value { continue }
      let isNamed = !hopByHop.isEmpty && hopByHop.contains { HeaderRules.equals(head.bytes[field.name], text: $0) }
      let isDropped = !dropped.isEmpty && dropped.contains { HeaderRules.equals(head.bytes[field.name], $0) }
      if !isNamed, !isDropped {
        let bytes = head.bytes.span
        ResponseHeadWriter.appendField(bytes.extracting(field.name), bytes.extracting(field.value), to: &out)
      }
    }
    if let id = head.last(.xRequestID) {
      ResponseHeadWriter.appendField("x-upstream-request-id", head.bytes.span.extracting(id.value), to: &out)
    }
  }

  /// What `Connection` lists besides its own two words (RFC 9110 section 7.6.1); nearly always nothing.
  private static func fieldsNamedByConnection(_ head: UpstreamHead) -> [Substring] {
    var names: [Substring] = []
    for field in head.fields where field.known == .connection {
      let value = String(decoding: head.bytes[field.value], as: UTF8.self).lowercased()
      if value != "keep-alive", value != "close" { names += value.split(separator: ",").map(\.trimmed) }
    }
    return names
  }

  private static func appendOwnFields(_ exchange: Exchange, to out: inout [UInt8]) {
    LocalAnswer.appendCommonFields(exchange.connection?.head, id: exchange.id, snapshot: exchange.snapshot, to: &out)
    appendExchangeFields(exchange, to: &out)
  }

  private static func appendExchangeFields(_ exchange: Exchange, to out: inout [UInt8]) {
    out.append(contentsOf: exchange.snapshot.upstreamLines[exchange.target.upstream])
    ResponseHeadWriter.appendField("x-sluice-attempts", exchange.machine.attempts, to: &out)
    ResponseHeadWriter.appendField("x-sluice-overhead-us", exchange.timing.overhead.wholeMicroseconds, to: &out)
  }
}
