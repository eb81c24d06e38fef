import HTTPServer
import TestSupport
import Testing

/// Clients that go away.
struct ClientLeftTests {
  @Test(arguments: [false, true])
  func `a client that goes while its answer is awaited is noticed without a write`(isReset: Bool) throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/wait")
    server.answer("/wait") { _ in }
    if isReset { client.reset() } else { client.close() }
    server.events.wait { $0.contains(.left("/wait")) }
    server.answer("/wait") { connection in
      #expect(!connection.isOpen)
      connection.respond(200, body: []) { _ in }
    }
    #expect(server.events.all.filter { $0 == .left("/wait") }.count == 1)
    #expect(server.run { $0.connectionCount } == 0)
  }

  @Test func `a client that goes in the middle of a stream is noticed`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/stream")
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
    }
    _ = try client.readHead()
    client.close()
    server.events.wait { $0.contains(.left("/stream")) }
    #expect(server.run { $0.connectionCount } == 0)
  }

  @Test func `a client that pipelines and goes is noticed although its bytes wait`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    server.answer("/wait") { _ in }
    client.close()
    server.events.wait { $0.contains(.left("/wait")) }
    #expect(!server.events.all.contains(.head("/hello")))
  }

  @Test func `an idle client that goes is nobody's business`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/hello")
    _ = try client.readAnswer()
    client.close()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
    #expect(server.events.all == [.head("/hello"), .request("/hello", bodyBytes: 0)])
  }

  // MARK: - Half-closed connections

  @Test func `a half-close cancels the answer where it counts as leaving`() throws {
    let server = try TestServer(ServerOptions(servesHalfClosed: false))
    let client = try Client(server.port)
    try client.request("/wait")
    server.answer("/wait") { _ in }
    client.finishSending()
    server.events.wait { $0.contains(.left("/wait")) }
    try client.expectEnd()
  }

  @Test(arguments: [false, true])
  func `a half-closed client is served and then closed where it may wait`(closesBeforeServing: Bool) throws {
    let server = try TestServer(ServerOptions(servesHalfClosed: true))
    let client = try Client(server.port)
    try client.request("/wait")
    if !closesBeforeServing { server.answer("/wait") { _ in } }
    client.finishSending()
    server.answer("/wait") { $0.respond(200, body: Array("served".utf8)) { _ in } }
    #expect(try client.readAnswer().body == "served")
    try client.expectEnd()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
    #expect(!server.events.all.contains(.left("/wait")))
  }

  @Test func `a half-closed client gets every answer it has asked for`() throws {
    let server = try TestServer(ServerOptions(servesHalfClosed: true))
    let client = try Client(server.port)
    try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    client.finishSending()
    server.answer("/wait") { $0.respond(200, body: Array("served".utf8)) { _ in } }
    #expect(try client.readAnswer().body == "served")
    #expect(try client.readAnswer().body == "hello")
    try client.expectEnd()
  }

  @Test(arguments: ["GET /hello HTTP/1.1\r\nHo", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc"])
  func `a half-close in the middle of a request is answered as what it is`(part: String) throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send(part)
    client.finishSending()
    #expect(try client.readAnswer().status == 400)
    try client.expectEnd()
    #expect(server.events.all.contains(.failed(.incomplete)))
  }

  @Test func `a client that closes without a word is closed`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    client.finishSending()
    try client.expectEnd()
    #expect(server.events.all.isEmpty)
  }
}
