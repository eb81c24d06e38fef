import Testing

@testable import Wire

@Suite struct RequestHeadTests {
  private func head(_ lines: String..., line: String = "GET / HTTP/1.1") throws -> RequestHead {
    var parser = RequestParser()
    let text = ([line] + lines).joined(separator: "\r\n") + "\r\n\r\n"
    try #require(parser.advance(bytes: text.utf8) == .head(consumed: text.utf8.count))
    return parser.head
  }

  @Test func firstIsTheFirstOfAName() throws {
    let head = try head("Host: a", "Accept: one", "accept: two")
    #expect(head.value(.accept) == "one")
    #expect(head.first(.origin) == nil)
    #expect(head.value(.origin) == nil)
  }

  @Test func textThatIsNotUTF8IsRepaired() throws {
    var parser = RequestParser()
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nAccept: ".utf8) + [0xFF] + Array("\r\n\r\n".utf8)
    try #require(parser.advance(bytes: bytes) == .head(consumed: bytes.count))
    #expect(parser.head.value(.accept) == "\u{FFFD}")
  }

  @Test func tokensAreFoundInEachFieldOfTheName() throws {
    let head = try head("Host: a", "Accept-Encoding: br, GZIP", "Accept-Encoding:\tdeflate")
    #expect(head.contains(token: "gzip", in: .acceptEncoding))
    #expect(head.contains(token: "Deflate", in: .acceptEncoding))
    #expect(!head.contains(token: "zip", in: .acceptEncoding))
    #expect(!head.contains(token: "gzip", in: .accept))
  }

  @Test func theTargetsAuthorityComesBeforeHost() throws {
    let absolute = try head("Host: b", line: "GET http://a:1/x HTTP/1.1")
    #expect(absolute.authority.map(absolute.string) == "a:1")
    let origin = try head("Host: b")
    #expect(origin.authority.map(origin.string) == "b")
    #expect(try head("Accept: x", line: "GET / HTTP/1.0").authority == nil)
  }

  @Test(arguments: [
    ("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
    ("OPTIONS", .options), ("PATCH", .patch), ("TRACE", .trace), ("Get", .other), ("POSTS", .other), ("X", .other),
  ])
  func methodsAreTold(_ text: String, _ method: HTTPMethod) throws {
    let head = try head("Host: a", line: "\(text) / HTTP/1.1")
    #expect(head.method == method)
    #expect(head.string(head.methodRange) == text)
  }
}
