import Config
import Policy
import Testing
import Wire

@testable import Gateway

/// Why requests are refused before any upstream is asked.
struct RequestReaderFailureTests {
  private let fixture = ReaderFixture()

  /// What reading fails with.
  private func failure(
    _ body: String, endpoint: Endpoint = .chat(forcesStream: false), fields: [String] = []
  ) -> Failure? {
    #expect(throws: Failure.self) { try fixture.read(body, endpoint: endpoint, fields: fields) }
  }

  @Test(
    arguments: [
      ("", ErrorCode.invalidJSON, nil), ("not json", .invalidJSON, nil), ("{\"model\":\"other\"", .invalidJSON, nil),
      ("{\"model\":\"other\"} x", .invalidJSON, nil), ("[]", .invalidJSON, nil), ("\"model\"", .invalidJSON, nil),
      ("null", .invalidJSON, nil), ("{}", .missingRequiredParameter, "model"),
      ("{\"model\":7}", .invalidType, "model"), ("{\"model\":null}", .invalidType, "model"),
      ("{\"model\":\"\"}", .invalidValue, "model"),
      ("{\"model\":\"\(String(repeating: "m", count: 600))\"}", .invalidValue, "model"),
      ("{\"model\":\"other\",\"stream\":\"yes\"}", .invalidType, "stream"),
      ("{\"model\":\"other\",\"stream\":1}", .invalidType, "stream"),
      ("{\"model\":\"other\",\"n\":\"two\"}", .invalidType, "n"),
      ("{\"model\":\"other\",\"n\":1.5}", .invalidType, "n"),
      ("{\(String(repeating: "\"model\":\"other\",", count: 20))\"n\":1}", .invalidValue, nil),
      ("{\"model\":\"unheard-of\"}", .modelNotFound, "model"),
    ] as [(String, ErrorCode, String?)])
  func `a body that cannot be used says which parameter is wrong`(body: String, code: ErrorCode, param: String?) {
    let failure = failure(body)
    #expect(failure?.code == code)
    #expect(failure?.param == param)
    #expect(failure?.message.isEmpty == false)
  }

  @Test(arguments: [Endpoint.chat(forcesStream: false), .chat(forcesStream: true), .completions, .embeddings])
  func `every call of the API but responses needs a model`(endpoint: Endpoint) {
    #expect(failure(#"{"input":"x"}"#, endpoint: endpoint)?.code == .missingRequiredParameter)
  }

  @Test func `a null model is the client's mistake on every endpoint`() {
    #expect(failure(#"{"model":null}"#, endpoint: .responses)?.code == .invalidType)
  }

  @Test func `a model that nobody serves is named in the message, shortened`() {
    #expect(failure(#"{"model":"unheard-of"}"#)?.message.contains("'unheard-of'") == true)
    let long = String(repeating: "m", count: 400)
    #expect(failure(#"{"model":"\#(long)"}"#)?.message.contains(long) == false)
  }

  @Test(arguments: [Endpoint.chat(forcesStream: false), .responses, .completions, .embeddings])
  func `a call without a body needs a length`(endpoint: Endpoint) throws {
    let head = try ParsedRequest("POST", path: "/v1/x").head
    let reader = RequestReader(
      snapshot: fixture.snapshot, routes: RouteCache(fixture.snapshot.routes), endpoint: endpoint, upstreamPath: "/x",
      head: head)
    let failure = #expect(throws: Failure.self) { try reader.read([]) }
    #expect(failure?.code == .lengthRequired)
  }

  // MARK: - Compressed bodies

  @Test(arguments: ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"])
  func `a coding other than gzip is named in the message`(coding: String) {
    let failure = failure(#"{"model":"other"}"#, fields: ["Content-Encoding: \(coding)"])
    #expect(failure?.code == .unsupportedContentEncoding)
    #expect(failure?.message.contains("'\(coding)'") == true)
  }

  @Test func `a body that is no gzip, or not all of it, is malformed`() throws {
    #expect(failure(#"{"model":"other"}"#, fields: ["Content-Encoding: gzip"])?.code == .malformedRequest)
    let packed = try #require(Gzip.compress(Array(#"{"model":"other"}"#.utf8)))
    let cut = #expect(throws: Failure.self) {
      try fixture.read(Array(packed.dropLast(4)), fields: ["Content-Encoding: gzip"])
    }
    #expect(cut?.code == .malformedRequest)
  }

  @Test func `a body that unpacks beyond the cap is too large`() throws {
    let fixture = ReaderFixture(limits: LimitOptions(bodyBytesMax: 1000))
    let body = #"{"model":"other","pad":"\#(String(repeating: "x", count: 1000))"}"#
    let packed = try #require(Gzip.compress(Array(body.utf8)))
    #expect(packed.count < 1000)
    let failure = #expect(throws: Failure.self) { try fixture.read(packed, fields: ["Content-Encoding: gzip"]) }
    #expect(failure?.code == .requestTooLarge)
  }

  // MARK: - Nowhere to go

  @Test func `without upstreams nothing is served`() throws {
    let snapshot = Snapshot.forTests(Configuration())
    let head = try ParsedRequest("GET", path: "/v1/files").head
    let relay = RequestReader(
      snapshot: snapshot, routes: RouteCache(snapshot.routes), endpoint: .relay, upstreamPath: "/files", head: head)
    #expect(#expect(throws: Failure.self) { try relay.read([]) }?.code == .unknownURL)
    let parsed = try ParsedRequest.with(body: #"{"input":"x"}"#)
    let responses = RequestReader(
      snapshot: snapshot, routes: RouteCache(snapshot.routes), endpoint: .responses, upstreamPath: "/responses",
      head: parsed.head)
    #expect(#expect(throws: Failure.self) { try responses.read(parsed.body) }?.code == .missingRequiredParameter)
  }
}
