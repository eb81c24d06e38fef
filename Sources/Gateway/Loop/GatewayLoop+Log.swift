import Config
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Wire

/// One line per request, at its end. Never a key, a header or a body.
extension GatewayLoop {
  func log(_ exchange: Exchange, _ record: RequestRecord) {
    guard snapshot.configuration.log.access else { return }
    logLine.begin(level(exchange.failure), "request", unixMilliseconds: GatewayLoop.unixMilliseconds)
    logLine.field("id", bytes: record.id.bytes.span)
    logLine.field("endpoint", record.endpoint)
    logLine.field("method", exchange.request.method)
    logLine.field("path", exchange.request.path)
    logLine.field("owner", record.owner.id == Owner.anonymous.id ? nil : record.owner.name)
    logLine.field("model", record.model)
    logLine.field("upstream", record.upstream)
    logLine.field("upstream_model", exchange.target.model == record.model ? nil : exchange.target.model)
    logLine.field("fallback", exchange.fallback)
    logLine.field("answer_id", record.answerID)
    logLine.field("stream", record.isStream)
    logLine.field("status", record.httpStatus ?? (record.endReason == .clientLeft ? 499 : nil))
    logLine.field("end", record.endReason?.label)
    logLine.field("attempts", record.attempts)
    logLine.field("failed_attempts", exchange.trail.isEmpty ? nil : exchange.trail)
    logLine.field("queued_ms", exchange.timing.queued > .zero ? exchange.timing.queued : nil)
    logLine.field("duration_ms", record.age)
    logLine.field("first_event_ms", exchange.timing.firstEvent.map { $0 - exchange.start })
    logLine.field("overhead_ms", exchange.timing.overhead)
    logLine.field("events", record.events)
    if let editor = exchange.editor {
      logLine.field("resumed", editor.joints == 0 ? nil : editor.joints)
      logLine.field("skipped_events", editor.skippedEvents == 0 ? nil : editor.skippedEvents)
    }
    logLine.field("bytes", exchange.bytesSent)
    logLine.field("input_tokens", record.inputTokens)
    logLine.field("output_tokens", record.outputTokens)
    logLine.field("client_retries", exchange.request.clientRetries == 0 ? nil : exchange.request.clientRetries)
    write(exchange.failure)
  }

  func log(
    _ connection: ServerConnection, _ context: RequestContext, status: Int, reason: EndReason, failure: Failure?,
    duration: Duration
  ) {
    guard snapshot.configuration.log.access else { return }
    let head = connection.head
    logLine.begin(level(failure), "request", unixMilliseconds: GatewayLoop.unixMilliseconds)
    logLine.field("id", bytes: context.id.bytes.span)
    logLine.field("endpoint", context.kind.label)
    if !head.methodRange.isEmpty { logLine.field("method", head.string(head.methodRange)) }
    if !head.pathRange.isEmpty { logLine.field("path", head.string(head.pathRange)) }
    logLine.field("owner", context.owner.id == Owner.anonymous.id ? nil : context.owner.name)
    logLine.field("status", status)
    logLine.field("end", reason.label)
    logLine.field("duration_ms", duration)
    write(failure)
  }

  private func write(_ failure: Failure?) {
    if let failure {
      logLine.field("error", failure.code.rawValue)
      // What an upstream says may quote the request.
      logLine.field("error_message", failure.code == .upstreamError ? nil : failure.message)
      logLine.field("upstream_status", failure.upstreamStatus)
    }
    logLine.end()
    _ = process.log.write(logLine)
  }

  private func level(_ failure: Failure?) -> LogLevel {
    guard let failure else { return .info }
    return failure.code.fault == .client ? .info : .warning
  }

  static var unixMilliseconds: Int64 {
    let (seconds, milliseconds) = Syscalls.wallClock()
    return seconds * 1000 + Int64(milliseconds)
  }
}
