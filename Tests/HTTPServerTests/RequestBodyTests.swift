import TestSupport
import Testing
import Wire

@testable import HTTPServer

/// How bodies come in.
struct RequestBodyTests {
  @Test func `a chunked body is handed on without its framing`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    try client.send("3\r\nabc\r\n")
    try client.send("2;x=y\r\nd")
    try client.send("e\r\n0\r\nTrailer: ignored\r\n\r\n")
    #expect(try client.readAnswer().body == "abcde")
    try client.request("/hello")
    #expect(try client.readAnswer().body == "hello")
  }

  @Test func `a large body arrives as it was sent`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    let body = (0..<300_000).map { UInt8(97 + $0 % 26) }
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
    try client.send(body)
    #expect(try client.readAnswer().body == String(decoding: body, as: UTF8.self))
    #expect(server.run { $0.bufferedBodyBytes } == 0)
  }

  @Test func `a body that is read only if it is short ends the connection where it is not`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    let start = "POST /short HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    try client.send(start + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")
    server.events.wait { $0.contains(.request("/short", bodyBytes: 4)) }
    let other = try Client(server.port)
    try other.send(start + "2\r\nab\r\n3\r\ncde\r\n")
    #expect(try other.readAnswer().status == 413)
    #expect(server.events.all.contains(.failed(.bodyUnwanted)))
  }

  // MARK: - 100-continue

  @Test func `a client that waits for the permission gets it before it sends its body`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    #expect(try client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    try client.send("ab")
    let answer = try client.readAnswer()
    #expect(answer.status == 200 && answer.body == "ab")
  }

  @Test func `a client that has begun its body gets no permission`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\na")
    server.events.wait { $0.contains(.head("/echo")) }
    try client.send("b")
    #expect(try client.readAnswer().status == 200)
  }

  @Test func `a request refused by its head is answered without permission and without its body`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    let answer = try client.readAnswer()
    #expect(answer.status == 401 && answer.body == "refused")
    #expect(answer.field("connection") == "close")
    client.finishSending()
    try client.expectEnd()
    #expect(server.events.all == [.head("/refuse")])
  }

  // MARK: - Caps

  @Test(arguments: [true, false])
  func `a body beyond the cap is a 413, announced or not`(isAnnounced: Bool) throws {
    let server = try TestServer(ServerOptions(request: RequestLimits(bodyBytesMax: 10)))
    let client = try Client(server.port)
    let framing = isAnnounced ? "Content-Length: 11" : "Transfer-Encoding: chunked"
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
    if !isAnnounced { try client.send("a\r\n0123456789\r\n1\r\na\r\n") }
    #expect(try client.readAnswer().status == 413)
    client.finishSending()
    try client.expectEnd()
  }

  @Test func `bodies that together exceed the loop's cap are refused, and their bytes are given back`() throws {
    let server = try TestServer(ServerOptions(bufferedBodyBytesMax: 100))
    let first = try Client(server.port)
    try first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 80\r\n\r\n" + String(repeating: "a", count: 60))
    server.wait(for: { $0.bufferedBodyBytes }) { $0 == 60 }
    let second = try Client(server.port)
    try second.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 80\r\n\r\n" + String(repeating: "b", count: 60))
    #expect(try second.readAnswer().status == 503)
    #expect(server.events.all.contains(.failed(.overloaded)))
    second.close()
    try first.send(String(repeating: "a", count: 20))
    #expect(try first.readAnswer().body.count == 80)
    #expect(server.run { $0.bufferedBodyBytes } == 0)
  }

  /// Goal: the client reads its answer although it is still sending. Closing at once would reset the connection and
  /// throw the answer away on its way.
  @Test(arguments: ["POST /echo", "POST /refuse", "POST /echo HTTP/1.1\r\n folded:"])
  func `an early answer reaches a client that is still sending`(start: String) throws {
    let server = try TestServer(ServerOptions(request: RequestLimits(bodyBytesMax: 1000)))
    let client = try Client(server.port)
    try client.send("\(start) HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
    let body = [UInt8](repeating: 97, count: 4_000_000)
    try client.send(body)
    let answer = try client.readAnswer()
    #expect([413, 401, 400].contains(answer.status))
    #expect(answer.field("connection") == "close")
    client.finishSending()
    try client.expectEnd()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
  }
}
