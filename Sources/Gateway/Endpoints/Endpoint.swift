import Policy
import Telemetry
import Wire

/// What a request is for, read off its method and path.
enum Endpoint: Equatable {
  /// Chat completions; `forcesStream` for the alias that streams without being asked to.
  case chat(forcesStream: Bool)
  case responses
  case completions
  case embeddings
  case models
  case model(String)
  case requests
  case request(String)
  case stopRequest(String)
  case state(StateCall)
  /// Any other route of the API: relayed as it is.
  case relay
  case health
  case ready
  case metrics

  /// How the endpoint is called in logs and metrics.
  var kind: EndpointKind {
    switch self {
    case .chat: .chat
    case .responses: .responses
    case .completions: .completions
    case .embeddings: .embeddings
    case .models, .model: .models
    case .requests, .request, .stopRequest: .requests
    case .state: .state
    case .relay: .relay
    case .health, .ready, .metrics: .admin
    }
  }

  /// Whether an upstream answers it.
  var isRelayed: Bool {
    switch self {
    case .chat, .responses, .completions, .embeddings, .relay: true
    case .models, .model, .requests, .request, .stopRequest, .state, .health, .ready, .metrics: false
    }
  }

  /// The API in which it asks for an answer, where there is another one that can give the same.
  var api: UpstreamAPI? {
    switch self {
    case .chat: .chat
    case .responses: .responses
    case .completions, .embeddings, .models, .model, .requests, .request, .stopRequest, .state, .relay, .health,
      .ready, .metrics:
      nil
    }
  }

  /// Whether its blocking answers are JSON, in front of which white space may stand.
  var answersJSON: Bool {
    switch self {
    case .chat, .responses, .completions, .embeddings: true
    case .relay, .models, .model, .requests, .request, .stopRequest, .state, .health, .ready, .metrics: false
    }
  }

  /// Whether it is answered without a key and while the gateway drains: probes have none.
  var isProbe: Bool { self == .health || self == .ready }
}

/// What a method and a path came to.
enum EndpointMatch: Equatable {
  /// The endpoint, and the path of the same route below an upstream's base URL (`/chat/completions`).
  case found(Endpoint, upstreamPath: String)
  /// The path exists, but not with this method; `allow` goes into the header of that name.
  case wrongMethod(allow: String)
  /// No such path; `hint` is the path that was probably meant.
  case unknown(hint: String?)
  /// A path that could mean another one further down the road (`..`, encoded slashes, empty segments).
  case ambiguous
}

/// Maps methods and paths to endpoints.
struct EndpointMap {
  /// Mounted in front of the API besides `/v1`.
  let prefixes: [String]
  /// Whether a mounted path lies below `/v1` and could claim routes of it.
  private let isV1Overlaid: Bool

  init(basePaths: [String]) {
    // The longest first: `/v1/team` must not be taken for a route of `/v1`.
    isV1Overlaid = basePaths.contains { $0.hasPrefix("/v1/") }
    prefixes = (basePaths + ["/v1"]).sorted { $0.utf8.count > $1.utf8.count }
  }

  /// What a request's method and path come to; the calls that matter most are known by their bytes alone.
  func match(_ head: RequestHead) -> EndpointMatch {
    if head.method == .post {
      let bytes = head.bytes
      for route in EndpointMap.frequent where bytes.span.equals(route.path, in: head.pathRange) {
        if !isV1Overlaid { return .found(route.endpoint, upstreamPath: route.upstreamPath) }
      }
    }
    return match(head.method, path: head.string(head.pathRange))
  }

  /// The path as text, without a copy for those that matter most.
  static func path(_ head: RequestHead) -> String {
    let bytes = head.bytes
    for route in frequent where bytes.span.equals(route.path, in: head.pathRange) { return route.text }
    return head.string(head.pathRange)
  }

  private static let frequent: [(path: StaticString, text: String, endpoint: Endpoint, upstreamPath: String)] = [
    ("/v1/chat/completions", "/v1/chat/completions", .chat(forcesStream: false), "/chat/completions"),
    ("/v1/responses", "/v1/responses", .responses, "/responses"),
    ("/v1/embeddings", "/v1/embeddings", .embeddings, "/embeddings"),
  ]

  /// What all resources together take.
  static let allMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

  /// The methods that a request's resource takes, for `Allow`.
  func methods(_ head: RequestHead) -> String {
    guard case .wrongMethod(let allow) = match(.trace, path: head.string(head.pathRange)) else {
      return EndpointMap.allMethods
    }
    return "\(allow), OPTIONS"
  }

  func match(_ method: HTTPMethod, path given: String) -> EndpointMatch {
    guard !EndpointMap.isAmbiguous(given) else { return .ambiguous }
    // Whoever is behind will take them for the same: so must the rules about who may ask what.
    let path = PercentCoding.plain(given)
    switch path {
    case "/healthz", "/": return only([.get, .head], method, .health)
    case "/readyz": return only([.get, .head], method, .ready)
    case "/metrics": return only([.get, .head], method, .metrics)
    default: break
    }
    for prefix in prefixes where path.hasPrefix(prefix) {
      let route = path.dropFirst(prefix.count)
      guard route.first == "/" else { continue }
      let match = matchRoute(method, String(route))
      // What is only passed through stays as it was spelled.
      guard match == .found(.relay, upstreamPath: String(route)), given.hasPrefix(prefix) else { return match }
      return .found(.relay, upstreamPath: String(given.dropFirst(prefix.count)))
    }
    return .unknown(hint: EndpointMap.looksLikeRoute(path) ? "/v1" + path : nil)
  }

  private func matchRoute(_ method: HTTPMethod, _ route: String) -> EndpointMatch {
    var segments = route.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    // Many servers pass over a slash at the end.
    if segments.count > 1, segments.last == "" { segments.removeLast() }
    switch (segments.first ?? "", segments.count) {
    case ("chat", 1): return only([.post], method, .chat(forcesStream: false), as: "/chat/completions")
    case ("chat", 2) where segments[1] == "stream":
      return only([.post], method, .chat(forcesStream: true), as: "/chat/completions")
    case ("chat", 2) where segments[1] == "completions" && method == .post:
      return .found(.chat(forcesStream: false), upstreamPath: route)
    case ("responses", 1) where method == .post: return .found(.responses, upstreamPath: "/responses")
    case ("responses", _), ("conversations", _):
      switch StateCall.match(method, segments) {
      case .found(let call): return .found(.state(call), upstreamPath: route)
      case .wrongMethod(let allow): return .wrongMethod(allow: allow)
      }
    // Other spellings of these may mean the same further down the road, past the rule that they belong to somebody.
    case (let first, _) where StateCall.looksLike(first): return .unknown(hint: nil)
    case ("completions", 1): return only([.post], method, .completions, as: route)
    case ("embeddings", 1): return only([.post], method, .embeddings, as: route)
    case ("models", 1): return only([.get, .head], method, .models)
    case ("models", 2...) where method == .get || method == .head:
      return .found(.model(PercentCoding.decode(segments[1...].joined(separator: "/"))), upstreamPath: route)
    case ("requests", 1): return only([.get, .head], method, .requests)
    case ("requests", 2):
      let id = PercentCoding.decode(segments[1])
      if method == .delete { return .found(.stopRequest(id), upstreamPath: route) }
      return only([.get, .head], method, .request(id), allow: "GET, HEAD, DELETE")
    case ("requests", 3) where segments[2] == "stop":
      return only([.post], method, .stopRequest(PercentCoding.decode(segments[1])))
    case ("requests", _): return .unknown(hint: nil)
    default: return .found(.relay, upstreamPath: route)
    }
  }

  private func only(
    _ methods: [HTTPMethod], _ method: HTTPMethod, _ endpoint: Endpoint, as route: String = "", allow: String? = nil
  ) -> EndpointMatch {
    if methods.contains(method) { return .found(endpoint, upstreamPath: route) }
    return .wrongMethod(allow: allow ?? (methods == [.post] ? "POST" : "GET, HEAD"))
  }

  /// Dot segments and empty ones are resolved differently by different servers, and so are encoded slashes,
  /// backslashes, dots and control characters. A path parameter that needs `%2F` (a model's name) is the exception.
  static func isAmbiguous(_ path: String) -> Bool {
    if path.contains("//") || path.contains("\\") { return true }
    let lowered = path.lowercased()
    for escape in ["%5c", "%0", "%1", "%7f"] where lowered.contains(escape) { return true }
    var isModelName = false
    for segment in lowered.split(separator: "/") {
      let plain = segment.replacing("%2e", with: ".")
      if plain == "." || plain == ".." { return true }
      guard segment.contains("%2f") else {
        isModelName = isModelName || segment == "models"
        continue
      }
      if !isModelName { return true }
      let parts = plain.replacing("%2f", with: "/").split(separator: "/", omittingEmptySubsequences: false)
      if parts.contains(where: { $0 == "." || $0 == ".." || $0.isEmpty }) { return true }
    }
    return false
  }

  private static func looksLikeRoute(_ path: String) -> Bool {
    ["/chat", "/responses", "/completions", "/embeddings", "/models", "/requests", "/audio", "/images", "/files"]
      .contains { path == $0 || path.hasPrefix($0 + "/") }
  }
}

/// Percent-encoding of path segments (RFC 3986 section 2.1).
enum PercentCoding {
  /// Decodes `%XX`; what is not a valid escape stays as it is.
  static func decode(_ text: String) -> String {
    guard text.utf8.contains(0x25) else { return text }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count, let high = hex(bytes[index + 1]),
        let low = hex(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The same text with the escapes undone that nobody needs: those of letters, digits and `- . _ ~`, which mean the
  /// same with and without (RFC 3986 section 6.2.2.2).
  static func plain(_ text: String) -> String {
    guard text.utf8.contains(0x25) else { return text }
    let bytes = Array(text.utf8)
    var plain: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count, let high = hex(bytes[index + 1]),
        let low = hex(bytes[index + 2]), isUnreserved(high << 4 | low)
      {
        plain.append(high << 4 | low)
        index += 3
      } else {
        plain.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
