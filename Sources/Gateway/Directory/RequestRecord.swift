import Dialects
import Policy
import Telemetry
import Wire

/// What can be told about one request, running or ended.
struct RequestRecord: Sendable {
  /// Where a running request stands, or that it has ended.
  enum Status: String, Sendable {
    case queued, attempting, waiting, streaming, finished
  }

  var id: RequestID
  /// The id the client has seen in the answer (`chatcmpl-…`, `resp_…`).
  var answerID: String?
  var owner: Owner
  var endpoint: String
  var model: String?
  var upstream: String?
  var status: Status
  var endReason: EndReason?
  var httpStatus: Int?
  var isStream: Bool
  var attempts: Int
  var events: Int
  var inputTokens: Int?
  var outputTokens: Int?
  /// Unix seconds.
  var createdAt: Int
  /// Since its start; of an ended request, its whole duration.
  var age: Duration

  /// Whether somebody who knows `id` means this request.
  func isKnown(as id: String) -> Bool { answerID == id || self.id.description == id }

  /// Whether `asking` may know of it.
  func isVisible(to asking: Owner) -> Bool { asking.isAdmin || asking.id == owner.id }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.description)
    writer.member("object", "request")
    writer.member("status", status.rawValue)
    if let endReason { writer.member("end_reason", endReason.label) }
    writer.member("endpoint", endpoint)
    writer.member("model", model)
    writer.member("upstream", upstream)
    writer.member("answer_id", answerID)
    writer.member("stream", isStream)
    writer.member("created_at", createdAt)
    writer.member("age_ms", age.wholeMilliseconds)
    writer.member("attempts", attempts)
    writer.member("events", events)
    writer.member("input_tokens", inputTokens)
    writer.member("output_tokens", outputTokens)
    writer.member("http_status", httpStatus)
    writer.member("owner", owner.name)
    writer.endObject()
  }
}
