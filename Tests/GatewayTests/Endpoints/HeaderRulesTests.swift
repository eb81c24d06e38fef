import Testing
import Upstream
import Wire

@testable import Gateway

struct HeaderRulesTests {
  private func forwarded(_ fields: [String], takesContentType: Bool = true) throws -> [String] {
    let head = try ParsedRequest(fields: ["Host: localhost"] + fields).head
    var lines = HeaderLines()
    HeaderRules.appendForwarded(head, to: &lines) { _ in takesContentType }
    return lines.lines
  }

  @Test(arguments: [
    "Accept: text/event-stream", "User-Agent: OpenAI/Python 1.0", "OpenAI-Beta: assistants=v2",
    "X-Stainless-Lang: python",
    "Idempotency-Key: 1", "traceparent: 00-1-2-01", "Content-Type: application/json", "X-Custom: a", "Range: bytes=0-1",
    "anthropic-version: 2023-06-01", "HTTP-Referer: x",
  ])
  func `what concerns the upstream travels on, spelled as it came`(field: String) throws {
    #expect(try forwarded([field]) == [field])
  }

  @Test(arguments: [
    "Connection: keep-alive", "Keep-Alive: timeout=5", "Transfer-Encoding: chunked", "TE: trailers", "Trailer: X",
    "Upgrade: websocket", "Proxy-Authorization: Basic x", "Proxy-Connection: keep-alive", "Expect: 100-continue",
    "Content_Length: 5", "transfer_encoding: chunked", "x_api_key: k", "Accept-Encoding: gzip",
    "Content-Encoding: gzip",
  ])
  func `what concerns the connection, or is libcurl's, stops here`(field: String) throws {
    #expect(try forwarded([field]) == [])
  }

  @Test(arguments: [
    "Authorization: Bearer sk-client", "authorization: Bearer sk-client", "X-API-Key: sk-client", "Api-Key: sk-client",
    "x-goog-api-key: sk-client", "Cookie: session=1", "OpenAI-Organization: org", "OpenAI-Project: p",
  ])
  func `the client's credentials stop here`(field: String) throws {
    #expect(try forwarded([field]) == [])
  }

  @Test(arguments: [
    "Origin: http://a.example", "Referer: http://a.example", "Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4",
    "X-Forwarded-Prefix: /a", "X-Original-URL: /a", "X-Rewrite-Url: /a", "X-HTTP-Method-Override: PUT",
    "X-Forwarded-Host: a", "X-Forwarded-Proto: http", "X-Real-IP: 1.2.3.4", "Via: 1.1 a", "Sec-Fetch-Mode: cors",
    "sec-ch-ua: x", "X-Request-Id: mine", "X-Sluice-Anything: x", "Access-Control-Request-Method: POST",
  ])
  func `what says where the client sits stops here`(field: String) throws {
    #expect(try forwarded([field]) == [])
  }

  @Test func `fields that Connection names stop here`() throws {
    let fields = [
      "Connection: close, X-Hop ,x-two", "X-Hop: 1", "X-TWO: 2", "X-Three: 3", "Connection: X-Four", "X-Four: 4",
    ]
    #expect(try forwarded(fields) == ["X-Three: 3"])
  }

  @Test func `repeated and empty fields are kept, and the content type only where it may go`() throws {
    let fields = ["X-A: 1", "X-A: 2", "X-Empty:", "Content-Type: text/plain"]
    #expect(try forwarded(fields) == ["X-A: 1", "X-A: 2", "X-Empty: ", "Content-Type: text/plain"])
    #expect(try forwarded(fields, takesContentType: false) == ["X-A: 1", "X-A: 2", "X-Empty: "])
  }

  @Test func `an upstream that is to get the client's credentials gets all of them and nothing else`() throws {
    let credentials = ["Authorization: Bearer a", "X-Api-Key: b", "OpenAI-Organization: c", "OpenAI-Project: d"]
    let head = try ParsedRequest(fields: ["Host: localhost", "Cookie: e", "X-A: f"] + credentials).head
    var lines = HeaderLines()
    HeaderRules.appendCredentials(head, to: &lines)
    #expect(lines.lines == credentials)
  }

  @Test(arguments: [
    "content-type", "Retry-After", "retry-after-ms", "x-ratelimit-remaining-tokens", "openai-processing-ms",
    "openai-version", "Cache-Control", "content-disposition", "etag", "location", "x-custom",
  ])
  func `what concerns the client is returned`(name: String) {
    #expect(HeaderRules.isReturned(Array(name.utf8)[...], HeaderName.named(name.utf8.span)))
  }

  @Test(arguments: [
    "Connection", "keep-alive", "Transfer-Encoding", "content-length", "Content-Encoding", "date", "server",
    "Set-Cookie",
    "alt-svc", "Strict-Transport-Security", "x-request-id", "x-should-retry", "www-authenticate", "vary",
    "Access-Control-Allow-Origin", "access-control-anything", "X-Sluice-Upstream", "openai-organization", "trailer",
    "upgrade", "proxy-authenticate", "nel",
  ])
  func `what concerns the upstream's own connection, host or account is not returned`(name: String) {
    #expect(!HeaderRules.isReturned(Array(name.utf8)[...], HeaderName.named(name.utf8.span)))
  }

  @Test(arguments: ["dat", "dates", "servers", "x-request-ids", "x-sluice", "access-control", ""])
  func `names are compared whole`(name: String) {
    #expect(HeaderRules.isReturned(Array(name.utf8)[...], HeaderName.named(name.utf8.span)))
  }
}
