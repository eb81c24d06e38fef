import Dialects
import Policy
import Upstream

/// What one client asked an upstream for, once its request has been read and found in order.
struct RelayRequest {
  var endpoint: Endpoint
  var method: String
  /// As the client wrote it, for the log.
  var path: String
  /// Below the upstream's base URL, query included.
  var upstreamTarget: String
  /// The client's header fields that travel on.
  var headers: HeaderLines
  /// The client's own credentials, for upstreams that are to get them.
  var credentials: HeaderLines
  var body: RequestBody
  /// The model's name as the client wrote it; `nil` where the request names none.
  var model: String?
  /// Whether the client asked for a stream.
  var wantsStream: Bool
  /// Whether the upstream is asked for a stream although the client wants the answer in one piece.
  var aggregates = false
  /// `n`: how many choices a chat answer has.
  var choices: Int
  /// Whether the client asked for a usage chunk.
  var includesUsage: Bool
  /// The text of the user's last message; only read for the built-in demo.
  var demoPrompt: String?
  /// `x-stainless-retry-count`.
  var clientRetries: Int

  /// Whether the upstream is asked for a stream.
  var asksForStream: Bool { wantsStream || aggregates }
}
