import Dialects
import Policy
import Upstream

/// What one client asked an upstream for, once its request has been read and found in order.
///
/// Filled in by its reader and not changed afterwards. A class, because it is handed on several times and large.
final class RelayRequest {
  let endpoint: Endpoint
  let method: String
  /// As the client wrote it, for the log.
  let path: String
  /// Below the upstream's base URL, query included.
  let upstreamTarget: String
  /// The client's header fields that travel on.
  let headers: HeaderLines
  /// The client's own credentials, for upstreams that are to get them.
  let credentials: HeaderLines
  var body: RequestBody
  /// The model's name as the client wrote it; `nil` where the request names none.
  var model: String?
  /// Whether the client asked for a stream.
  var wantsStream = false
  /// Whether the upstream is asked for a stream although the client wants the answer in one piece.
  var aggregates = false
  /// `n`: how many choices a chat answer has.
  var choices = 1
  /// Whether the client asked for a usage chunk.
  var includesUsage = false
  /// The text of the user's last message; only read for the built-in demo.
  var demoPrompt: String?
  /// `x-stainless-retry-count`.
  let clientRetries: Int

  init(
    endpoint: Endpoint, method: String, path: String, upstreamTarget: String, headers: HeaderLines,
    credentials: HeaderLines, body: RequestBody, clientRetries: Int = 0
  ) {
    self.endpoint = endpoint
    self.method = method
    self.path = path
    self.upstreamTarget = upstreamTarget
    self.headers = headers
    self.credentials = credentials
    self.body = body
    self.clientRetries = clientRetries
  }

  /// Whether the gateway knows how a stream that answers it ends.
  var isKnownProtocol: Bool {
    switch endpoint {
    case .chat, .completions, .responses: true
    case .embeddings, .models, .model, .requests, .request, .stopRequest, .state, .relay, .health, .ready, .metrics:
      false
    }
  }

  /// Whether the upstream is asked for a stream.
  var asksForStream: Bool { wantsStream || aggregates }
}
