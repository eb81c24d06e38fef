import Config
import Policy
import Testing
import Wire

@testable import Gateway

/// What becomes of requests that are in order.
struct RequestReaderTests {
  private let fixture = ReaderFixture()

  @Test func `a chat request is relayed byte for byte, to the upstream of its model`() throws {
    let body = #"{ "model" : "other", "messages": [], "stream":true, "n":3, "stream_options":{"include_usage":true}}"#
    let (request, target) = try fixture.read(body, query: "?a=b%20c")
    #expect(request.body.bytes(model: request.model) == Array(body.utf8))
    #expect(request.method == "POST" && request.upstreamTarget == "/chat/completions?a=b%20c")
    #expect(request.model == "other" && target.model == "other" && target.upstream == 2)
    #expect(request.wantsStream && request.includesUsage && request.choices == 3)
    #expect(request.demoPrompt == nil && request.clientRetries == 0)
  }

  @Test func `what is not asked for is off`() throws {
    let (request, _) = try fixture.read(#"{"model":"other"}"#)
    #expect(!request.wantsStream && !request.includesUsage && request.choices == 1)
    let (silent, _) = try fixture.read(#"{"model":"other","stream":null,"n":null,"stream_options":null}"#)
    #expect(!silent.wantsStream && !silent.includesUsage && silent.choices == 1)
  }

  @Test func `a model that has another name upstream is renamed, and nothing else changes`() throws {
    let (request, target) = try fixture.read(#"{"a": 1,"model": "alias" , "b":[ ]}"#)
    #expect(
      String(decoding: request.body.bytes(model: target.model) ?? [], as: UTF8.self)
        == #"{"a": 1,"model": "real-name" , "b":[ ]}"#)
    #expect(request.model == "alias" && target.model == "real-name" && target.upstream == 1)
  }

  @Test(arguments: [#"{"model":"other"}"#, #"{"model":"other","stream":false}"#, #"{"stream":null,"model":"other"}"#])
  func `the streaming alias streams without being asked to`(body: String) throws {
    let (request, _) = try fixture.read(body, endpoint: .chat(forcesStream: true))
    #expect(request.wantsStream)
    let rewritten = try #require(request.body.bytes(model: "other"))
    let tree = try JSONTree.parse(rewritten.span)
    guard case .object(let members) = tree else {
      Issue.record("the body is no object any more")
      return
    }
    #expect(members.filter { $0.name == "stream" }.map(\.value) == [.bool(true)])
    #expect(members.filter { $0.name == "model" }.map(\.value) == [.string("other")])
  }

  @Test(arguments: [(0, 1), (-5, 1), (1, 1), (128, 128), (129, 128), (1_000_000, 128)])
  func `choices are counted within reason`(asked: Int, counted: Int) throws {
    #expect(try fixture.read(#"{"model":"other","n":\#(asked)}"#).0.choices == counted)
  }

  @Test func `the demo is shown the last thing the user said`() throws {
    let body = #"{"model":"demo","messages":[{"role":"user","content":"one"},{"role":"user","content":"two"}]}"#
    #expect(try fixture.read(body).0.demoPrompt == "two")
  }

  @Test(arguments: [("2", 2), ("x", 0), ("", 0), ("99999999999999999999", 0)])
  func `the SDK's own retries are counted`(value: String, count: Int) throws {
    #expect(
      try fixture.read(#"{"model":"other"}"#, fields: ["x-stainless-retry-count: \(value)"]).0.clientRetries == count)
  }

  @Test(arguments: ["gzip", "GZIP", "x-gzip"])
  func `a compressed body is unpacked`(coding: String) throws {
    let body = Array(#"{"model":"other"}"#.utf8)
    let packed = try #require(Gzip.compress(body))
    let (request, _) = try fixture.read(packed, fields: ["Content-Encoding: \(coding)"])
    #expect(request.body.bytes(model: request.model) == body)
    #expect(!request.headers.lines.contains { $0.lowercased().hasPrefix("content-encoding") })
  }

  @Test func `a responses request may leave its model to a stored prompt`() throws {
    let body = #"{"prompt":{"id":"pmpt_1"}}"#
    let (request, target) = try fixture.read(body, endpoint: .responses)
    #expect(request.model == nil && target.model == nil && target.upstream == 0)
    #expect(request.body.bytes(model: request.model) == Array(body.utf8))
  }

  // MARK: - Header fields

  @Test func `a body read as JSON is called JSON, and a missing Accept stays missing`() throws {
    let form = try fixture.read(#"{"model":"other"}"#, fields: ["Content-Type: application/x-www-form-urlencoded"]).0
    #expect(form.headers.lines == ["Content-Type: application/json"])
    let none = try fixture.read(#"{"model":"other"}"#, fields: ["Accept: */*"]).0
    #expect(none.headers.lines == ["Accept: */*", "Content-Type: application/json"])
    let own = try fixture.read(#"{"model":"other"}"#, fields: ["content-type: application/json; charset=utf-8"]).0
    #expect(own.headers.lines == ["content-type: application/json; charset=utf-8"])
  }

  @Test func `credentials are kept apart from what travels on`() throws {
    let fields = ["Authorization: Bearer sk", "X-A: 1"]
    let request = try ReaderFixture(auth: .passthrough).read(#"{"model":"other"}"#, fields: fields).0
    #expect(request.credentials.lines == ["Authorization: Bearer sk"])
    #expect(!request.headers.lines.joined().contains("sk"))
    // Where no upstream is to get them, nobody looks.
    #expect(try fixture.read(#"{"model":"other"}"#, fields: fields).0.credentials.lines == [])
  }

  // MARK: - Relayed routes

  @Test func `a relayed request keeps its body and its content type`() throws {
    let (request, target) = try fixture.read(
      "any bytes", endpoint: .relay, upstreamPath: "/files", fields: ["Content-Type: text/plain"])
    #expect(request.body.bytes(model: request.model) == Array("any bytes".utf8))
    #expect(request.headers.lines == ["Content-Type: text/plain"])
    #expect(request.upstreamTarget == "/files")
    #expect(request.model == nil && target.model == nil && target.upstream == 0)
  }

  @Test func `a relayed request without a body has none`() throws {
    let parsed = try ParsedRequest("GET", path: "/v1/files")
    let reader = RequestReader(
      snapshot: fixture.snapshot, routes: RouteCache(fixture.snapshot.routes), endpoint: .relay, upstreamPath: "/files",
      head: parsed.head)
    let (request, _) = try reader.read([])
    #expect(request.body.bytes(model: request.model) == nil && request.method == "GET")
    #expect(!request.headers.lines.contains { $0.hasPrefix("Content-Type") })
  }

  @Test func `a relayed JSON body names its model where it can be read, and is left alone where it cannot`() throws {
    let json = ["Content-Type: application/json"]
    let (named, target) = try fixture.read(#"{"model":"alias"}"#, endpoint: .relay, fields: json)
    #expect(named.model == "alias" && target.upstream == 1)
    #expect(String(decoding: named.body.bytes(model: target.model) ?? [], as: UTF8.self) == #"{"model":"real-name"}"#)
    for body in ["not json", "[1]", #"{"model":7}"#, #"{"input":"x"}"#] {
      let (request, fallback) = try fixture.read(body, endpoint: .relay, fields: json)
      #expect(request.body.bytes(model: request.model) == Array(body.utf8) && fallback.upstream == 0)
    }
  }

  @Test func `a form's model is renamed within the form`() throws {
    let form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nalias\r\n--b--\r\n"
    let type = ["Content-Type: multipart/form-data; boundary=b"]
    let (request, target) = try fixture.read(form, endpoint: .relay, fields: type)
    #expect(request.model == "alias" && target.upstream == 1)
    #expect(
      String(decoding: request.body.bytes(model: target.model) ?? [], as: UTF8.self)
        == form.replacing("alias", with: "real-name"))
    #expect(request.headers.lines.first == type[0])
    let (unread, fallback) = try fixture.read("nonsense", endpoint: .relay, fields: type)
    #expect(unread.model == nil && fallback.upstream == 0 && unread.body.bytes == Array("nonsense".utf8))
  }

  // MARK: - Fallbacks

  @Test(arguments: [
    #"{"model":"other","fallbacks":["alias"],"n":2}"#, #"{"fallbacks":["alias"],"model":"other","n":2}"#,
  ])
  func `a request's own fallbacks are followed, and not passed on`(body: String) throws {
    let (request, route) = try fixture.route(body)
    #expect(route.plan.stops.map(\.target.upstream) == [2, 1])
    #expect(route.plan.stops.map(\.entry) == [.own, .fallback])
    let sent = try #require(request.body.bytes(model: "real-name"))
    #expect(String(decoding: sent, as: UTF8.self) == #"{"model":"real-name","n":2}"#)
  }

  @Test func `the header's list stands in for the body's, and for the configured one`() throws {
    let body = #"{"model":"other","fallbacks":["alias"]}"#
    let (_, route) = try fixture.route(body, fields: ["X-Sluice-Fallbacks: demo , alias"])
    #expect(route.plan.stops.map(\.model) == ["other", "demo", "alias"])
    let (_, none) = try fixture.route(body, fields: ["x-sluice-fallbacks:"])
    #expect(none.plan.stops.count == 1)
  }

  @Test func `the same place is in a plan once`() throws {
    let (_, route) = try fixture.route(#"{"model":"other","fallbacks":["other","alias","alias"]}"#)
    #expect(route.plan.stops.map(\.model) == ["other", "alias"])
  }

  @Test(arguments: [
    (#"{"model":"other","fallbacks":["nobody"]}"#, ErrorCode.invalidValue),
    (#"{"model":"other","fallbacks":"alias"}"#, .invalidType), (#"{"model":"other","fallbacks":[1]}"#, .invalidType),
    (#"{"model":"other","fallbacks":[""]}"#, .invalidType),
  ])
  func `fallbacks that nobody serves are the request's mistake`(body: String, code: ErrorCode) throws {
    let failure = #expect(throws: Failure.self) { try fixture.route(body) }
    #expect(failure?.code == code && failure?.param == "fallbacks")
  }
}
