import Config
import Policy

@testable import Gateway

/// A configuration with three upstreams, and requests read under it.
///
/// `demo` is upstream 0, the default; `alias` is `real-name` on upstream 1; `other` is itself on upstream 2. No other
/// name is served.
struct ReaderFixture {
  let snapshot: Snapshot

  init(limits: LimitOptions = LimitOptions(), auth: HTTPUpstreamOptions.Auth = .none) {
    let upstreams = ["zero", "one", "two"].map { UpstreamOptions(name: $0, kind: .demo) }
    var configuration = Configuration(
      upstreams: upstreams,
      models: ModelTable([
        ModelOptions(name: "demo", upstream: 0), ModelOptions(name: "alias", upstream: 1, model: "real-name"),
        ModelOptions(name: "other", upstream: 2),
      ]), limits: limits)
    if let base = try? BaseURL("http://127.0.0.1:9/v1") {
      for index in 1...2 { configuration.upstreams[index].kind = .http(HTTPUpstreamOptions(baseURL: base, auth: auth)) }
    }
    snapshot = Snapshot.forTests(configuration)
  }

  func read(
    _ body: [UInt8], endpoint: Endpoint = .chat(forcesStream: false), upstreamPath: String = "/chat/completions",
    query: String = "", fields: [String] = []
  ) throws -> (RelayRequest, Target) {
    let parsed = try ParsedRequest.with(body: body, path: "/v1\(upstreamPath)\(query)", fields: fields)
    let reader = RequestReader(
      snapshot: snapshot, routes: RouteCache(snapshot.routes), endpoint: endpoint, upstreamPath: upstreamPath,
      head: parsed.head)
    let (request, route) = try reader.read(parsed.body)
    return (request, route.firstTarget)
  }

  /// Reads a request and tells all of its route.
  func route(_ body: String, fields: [String] = []) throws -> (RelayRequest, Route) {
    let parsed = try ParsedRequest.with(body: Array(body.utf8), path: "/v1/chat/completions", fields: fields)
    let reader = RequestReader(
      snapshot: snapshot, routes: RouteCache(snapshot.routes), endpoint: .chat(forcesStream: false),
      upstreamPath: "/chat/completions", head: parsed.head)
    return try reader.read(parsed.body)
  }

  func read(
    _ body: String, endpoint: Endpoint = .chat(forcesStream: false), upstreamPath: String = "/chat/completions",
    query: String = "", fields: [String] = []
  ) throws -> (RelayRequest, Target) {
    try read(Array(body.utf8), endpoint: endpoint, upstreamPath: upstreamPath, query: query, fields: fields)
  }
}
