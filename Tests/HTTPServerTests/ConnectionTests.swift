import HTTPServer
import Reactor
import TestSupport
import Testing

/// How long a connection lives, and in which order its requests are answered.
struct ConnectionTests {
  @Test func `a connection serves one request after the other`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    for _ in 0..<3 {
      try client.request("/hello")
      let answer = try client.readAnswer()
      #expect(answer.status == 200 && answer.body == "hello")
      #expect(answer.field("connection") == nil)
      #expect(answer.field("date") != nil)
    }
    #expect(server.run { $0.connectionCount } == 1)
  }

  @Test(arguments: [("Connection: close\r\n", "1.1"), ("Connection: Close, x\r\n", "1.1"), ("", "1.0")])
  func `a client that wants the connection closed gets it closed`(field: String, version: String) throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/hello", field, version: version)
    #expect(try client.readAnswer().body == "hello")
    try client.expectEnd()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
  }

  @Test func `an HTTP 1.0 client can ask for a connection that stays`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    for _ in 0..<2 {
      try client.request("/hello", "Connection: keep-alive\r\n", version: "1.0")
      let answer = try client.readAnswer()
      #expect(answer.body == "hello")
      #expect(answer.field("connection") == "keep-alive")
    }
  }

  @Test func `a request may come byte by byte`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    for byte in "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8 { try client.send([byte]) }
    #expect(try client.readAnswer().body == "abc")
  }

  @Test func `pipelined requests are answered in order, each when the one before it is done`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send(
      ["/late", "/hello", "/later", "/echo"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    server.answer("/late") { _ in }
    server.run { _ in }
    #expect(server.events.all == [.head("/late"), .request("/late", bodyBytes: 0)])
    server.answer("/late") { $0.respond(200, body: Array("late".utf8)) { _ in } }
    #expect(try client.readAnswer().body == "late")
    #expect(try client.readAnswer().body == "hello")
    server.answer("/later") { $0.respond(200, body: Array("later".utf8)) { _ in } }
    #expect(try client.readAnswer().body == "later")
    #expect(try client.readAnswer().body == "")
    #expect(server.events.all.filter { if case .request = $0 { true } else { false } }.count == 4)
  }

  @Test func `hundreds of pipelined requests at once are all answered`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    let count = 500
    try client.send(String(repeating: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
    for _ in 0..<count { #expect(try client.readAnswer().body == "hello") }
  }

  @Test func `what follows a request that closes the connection is not served`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readAnswer().body == "hello")
    try client.expectEnd()
    #expect(server.events.all.count == 2)
  }

  @Test func `a malformed request is answered and the connection closed`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.send("GET /hello HTTP/1.1\nHost: a\n\n")
    let answer = try client.readAnswer()
    #expect(answer.status == 400)
    #expect(answer.field("connection") == "close")
    client.finishSending()
    try client.expectEnd()
  }

  // MARK: - Limits and drain

  @Test func `connections beyond the cap are turned away with 503, and there is room again afterwards`() throws {
    let server = try TestServer(ServerOptions(connectionsMax: 2))
    let welcome = [try Client(server.port), try Client(server.port)]
    // Idle ones would make way.
    for (client, path) in zip(welcome, ["/one", "/two"]) {
      try client.request(path)
      server.answer(path) { _ in }
    }
    let third = try Client(server.port)
    #expect(try third.readAnswer().status == 503)
    third.close()
    #expect(server.run { $0.refusedConnections } == 1)
    #expect(server.events.all.contains(.failed(.overloaded)))
    welcome[0].close()
    server.wait(for: { $0.connectionCount }) { $0 == 1 }
    let fourth = try Client(server.port)
    try fourth.request("/hello")
    #expect(try fourth.readAnswer().status == 200)
  }

  @Test func `a drain closes idle connections at once and the others after their answer`() throws {
    let server = try TestServer()
    let idle = try Client(server.port)
    try idle.request("/hello")
    _ = try idle.readAnswer()
    let halfway = try Client(server.port)
    try halfway.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
    let waiting = try Client(server.port)
    try waiting.request("/wait")
    server.events.wait { $0.contains(.head("/echo")) && $0.contains(.request("/wait", bodyBytes: 0)) }

    server.run { $0.drain() }
    try idle.expectEnd()
    #expect(throws: SystemError.self) { try Client(server.port) }
    try halfway.send("b")
    server.answer("/wait") { $0.respond(200, body: Array("done".utf8)) { _ in } }
    for (client, body) in [(halfway, "ab"), (waiting, "done")] {
      let answer = try client.readAnswer()
      #expect(answer.body == body)
      #expect(answer.field("connection") == "close")
      try client.expectEnd()
    }
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
  }

  @Test func `a server that closes cuts whatever is open`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/wait")
    server.answer("/wait") { _ in }
    server.run { $0.closeAll() }
    try client.expectEnd(.reset)
    #expect(server.run { $0.connectionCount } == 0)
  }
}
