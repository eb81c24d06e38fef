import HTTPServer
import Reactor
import TestSupport
import Testing
import Time

/// What happens to clients that are too slow.
struct PatienceTests {
  private let short = Duration.milliseconds(60)

  @Test func `a head that does not come in time is a 408, however steadily it drips`() throws {
    let server = try TestServer(ServerOptions(headerTimeout: short))
    let client = try Client(server.port)
    let start = Instant.now
    try client.send("GET /hello HTTP/1.1\r\nX-Drip: ")
    while server.events.all.isEmpty, Instant.now - start < .seconds(10) {
      try client.send("a")
      server.run { _ in }
    }
    let answer = try client.readAnswer()
    #expect(answer.status == 408)
    #expect(answer.field("connection") == "close")
    #expect(Instant.now - start >= short)
    client.finishSending()
    try client.expectEnd()
    #expect(server.events.all == [.failed(.timedOut)])
  }

  @Test func `a body that stops coming is a 408`() throws {
    let server = try TestServer(ServerOptions(bodyTimeout: short))
    let client = try Client(server.port)
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    #expect(try client.readAnswer().status == 408)
    #expect(server.events.all == [.head("/echo"), .failed(.timedOut)])
  }

  @Test func `a body that comes in single bytes, each in time, is a 408 all the same`() throws {
    let server = try TestServer(ServerOptions(bodyTimeout: short))
    let client = try Client(server.port)
    let start = Instant.now
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    while !server.events.all.contains(.failed(.timedOut)), Instant.now - start < .seconds(10) {
      try client.send("1\r\na\r\n")
      server.run { _ in }
    }
    #expect(try client.readAnswer().status == 408)
  }

  @Test func `an idle connection is closed without a word`() throws {
    let server = try TestServer(ServerOptions(idleTimeout: short))
    let fresh = try Client(server.port)
    let used = try Client(server.port)
    try used.request("/hello")
    _ = try used.readAnswer()
    try fresh.expectEnd()
    try used.expectEnd()
    #expect(server.events.all.count == 2)
  }

  @Test func `an answer may take longer than any of the client's limits`() throws {
    let server = try TestServer(
      ServerOptions(headerTimeout: short, bodyTimeout: short, idleTimeout: short, writeStall: short))
    let client = try Client(server.port)
    try client.request("/wait")
    server.answer("/wait") { _ in }
    // A connection that is closed for being idle shows that the limits have passed by.
    let witness = try Client(server.port)
    try witness.expectEnd()
    server.answer("/wait") { $0.respond(200, body: Array("done".utf8)) { _ in } }
    #expect(try client.readAnswer().body == "done")
  }

  @Test func `a client that takes nothing any more counts as gone`() throws {
    let server = try TestServer(ServerOptions(writeStall: .milliseconds(150)))
    let client = try Client(server.port, receiveBytes: 4096)
    try client.request("/flood")
    server.answer("/flood") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write([UInt8](repeating: 97, count: 16 << 20))
    }
    server.events.wait { $0.contains(.left("/flood")) }
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
  }

  @Test func `a client that takes single bytes, each in time, counts as gone all the same`() throws {
    let server = try TestServer(ServerOptions(writeStall: .milliseconds(300)))
    let client = try Client(server.port, receiveBytes: 4096)
    try client.request("/flood")
    server.answer("/flood") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write([UInt8](repeating: 97, count: 16 << 20))
    }
    let start = Instant.now
    while !server.events.all.contains(.left("/flood")), Instant.now - start < .seconds(10) {
      _ = try client.read(1)
      server.run { _ in }
    }
    #expect(server.events.all.contains(.left("/flood")))
  }

  @Test func `a client that reads slowly but steadily is waited for`() throws {
    let server = try TestServer(ServerOptions(writeStall: .seconds(1)))
    let client = try Client(server.port, receiveBytes: 4096)
    try client.request("/flood")
    let size = 4 << 20
    server.answer("/flood") { $0.respond(200, body: [UInt8](repeating: 97, count: size)) { _ in } }
    let head = try client.readHead()
    #expect(head.field("content-length") == String(size))
    #expect(try client.read(size).allSatisfy { $0 == 97 })
    #expect(!server.events.all.contains(.left("/flood")))
  }

  @Test func `a client that stays after its last answer is not waited for forever`() throws {
    let server = try TestServer(ServerOptions(linger: short))
    let client = try Client(server.port)
    try client.send("nonsense\r\n\r\n")
    #expect(try client.readAnswer().status == 400)
    // The server has closed its side; it goes although the client neither sends nor closes.
    try client.expectEnd()
    server.wait(for: { $0.connectionCount }) { $0 == 0 }
  }
}
