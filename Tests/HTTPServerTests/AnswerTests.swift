import HTTPServer
import TestSupport
import Testing
import Wire

/// How answers go out.
struct AnswerTests {
  @Test func `an answer of unknown length is chunked, and each turn's bytes arrive at once`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/stream")
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { ResponseHeadWriter.appendField("X-A", "b", to: &$0) }
      connection.write(Array("one".utf8))
    }
    let head = try client.readHead()
    #expect(head.field("transfer-encoding") == "chunked" && head.field("x-a") == "b")
    #expect(try client.readChunk() == "one")
    server.answer("/stream") { $0.write(Array("two".utf8)) }
    #expect(try client.readChunk() == "two")
    server.answer("/stream") { $0.finish() }
    #expect(try client.readChunk() == "")
    try client.request("/hello")
    #expect(try client.readAnswer().body == "hello")
  }

  @Test func `HTTP 1.0 gets an answer of unknown length as it is, ended by the close`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/stream", "Connection: keep-alive\r\n", version: "1.0")
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("one".utf8))
      connection.write(Array("two".utf8))
      connection.finish()
    }
    let answer = try client.readAnswer()
    #expect(answer.body == "onetwo")
    #expect(answer.field("transfer-encoding") == nil && answer.field("content-length") == nil)
    #expect(answer.field("connection") != "keep-alive")
  }

  @Test(arguments: [5, nil])
  func `HEAD is answered with the framing of GET and without a body`(length: Int?) throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/page", method: "HEAD")
    server.answer("/page") { connection in
      connection.begin(200, length: length) { _ in }
      connection.write(Array("hello".utf8))
      connection.finish()
    }
    let answer = try client.readAnswer(hasBody: false)
    #expect(answer.field("content-length") == length.map { String($0) })
    #expect(answer.field("transfer-encoding") == (length == nil ? "chunked" : nil))
    try client.request("/hello")
    #expect(try client.readAnswer().body == "hello")
  }

  @Test(arguments: [204, 304])
  func `statuses without a body have none`(status: Int) throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/empty")
    server.answer("/empty") { $0.respond(status, body: []) { _ in } }
    let answer = try client.readAnswer()
    #expect(answer.status == status)
    #expect(answer.field("transfer-encoding") == nil && answer.field("content-length") == nil)
    try client.request("/hello")
    #expect(try client.readAnswer().body == "hello")
  }

  @Test func `an answer can close the connection`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/last")
    server.answer("/last") { connection in
      connection.closeAfterAnswer()
      connection.respond(200, body: Array("last".utf8)) { _ in }
    }
    let answer = try client.readAnswer()
    #expect(answer.body == "last" && answer.field("connection") == "close")
    try client.expectEnd()
  }

  @Test func `nothing can be added to an answer that is over`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/once")
    server.answer("/once") { connection in
      connection.respond(200, body: Array("one".utf8)) { _ in }
      #expect(!connection.isOpen)
      connection.write(Array("two".utf8))
      connection.respond(500, body: Array("three".utf8)) { _ in }
      connection.finish()
      connection.cut()
    }
    #expect(try client.readAnswer().body == "one")
    try client.request("/hello")
    #expect(try client.readAnswer().body == "hello")
  }

  // MARK: - Answers that cannot be completed

  @Test func `a chunked answer that is cut lacks its last chunk`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/cut")
    server.answer("/cut") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
      connection.cut()
    }
    _ = try client.readHead()
    #expect(try client.readChunk() == "part")
    try client.expectEnd()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
    #expect(!server.events.all.contains(.left("/cut")))
  }

  @Test func `an answer that only the close would end is reset when it is cut`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/cut", version: "1.0")
    server.answer("/cut") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
      connection.cut()
    }
    _ = try client.readHead()
    let (bytes, end) = try client.readToEnd()
    #expect(String(decoding: bytes, as: UTF8.self) == "part")
    #expect(end == .reset, "an orderly end would say that the part is the whole")
  }

  @Test func `an answer that ends before its announced length is cut`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/short")
    server.answer("/short") { connection in
      connection.begin(200, length: 10) { _ in }
      connection.write(Array("short".utf8))
      connection.finish()
    }
    let head = try client.readHead()
    #expect(head.field("content-length") == "10")
    let (bytes, end) = try client.readToEnd()
    #expect(String(decoding: bytes, as: UTF8.self) == "short")
    #expect(end == .closed)
  }

  @Test func `an answer that is reset ends the connection with a reset, begun or not`() throws {
    let server = try TestServer()
    for hasBegun in [false, true] {
      let client = try Client(server.port)
      let path = "/reset-\(hasBegun)"
      try client.request(path)
      server.answer(path) { connection in
        if hasBegun { connection.begin(200, length: nil) { _ in } }
        connection.reset()
      }
      #expect(try client.readToEnd().end == .reset)
    }
  }

  @Test func `an answer that is cut before it has begun is a reset`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/cut")
    server.answer("/cut") { $0.cut() }
    try client.expectEnd(.reset)
  }
}
