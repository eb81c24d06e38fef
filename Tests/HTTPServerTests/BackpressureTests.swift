import Reactor
import TestSupport
import Testing

@testable import HTTPServer

/// What one client may make the server hold.
struct BackpressureTests {
  private static let small = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func `bytes sent ahead are read up to the cap, and served later`() throws {
    let cap = 16 << 10
    let server = try TestServer(ServerOptions(pipelinedBytesMax: cap))
    let client = try Client(server.port)
    try client.request("/wait")
    server.answer("/wait") { _ in }
    let ahead = Array(String(repeating: Self.small, count: 20_000).utf8)
    var sent = 0
    while server.answer("/wait", { $0.interest.contains(.readable) }) == true, sent < ahead.count {
      sent += try client.sendSome(ahead[sent...].prefix(20_000))
    }
    #expect(server.answer("/wait") { $0.input.count } ?? 0 <= cap + EventLoop.scratchBytes)
    #expect(sent < ahead.count, "the server went on reading")
    let held = server.answer("/wait") { $0.input.count }
    sent += try client.sendSome(ahead[sent...].prefix(20_000))
    server.run { _ in }
    #expect(server.answer("/wait") { $0.input.count } == held)

    server.answer("/wait") { $0.respond(200, body: []) { _ in } }
    #expect(try client.readAnswer().body == "")
    for _ in 0..<sent / Self.small.utf8.count { #expect(try client.readAnswer().body == "hello") }
  }

  @Test func `a client that asks and asks without reading is not read from any more`() throws {
    let highWater = 32 << 10
    let server = try TestServer(ServerOptions(pipelinedBytesMax: 4 << 10, highWater: highWater, lowWater: 8 << 10))
    let client = try Client(server.port, receiveBytes: 4096)
    let large = "GET /large HTTP/1.1\r\nHost: a\r\nX-Padding: \(String(repeating: "p", count: 200))\r\n\r\n"
    let ahead = Array(String(repeating: large, count: 4000).utf8)
    var sent = 0
    var isRead = true
    while isRead, sent < ahead.count {
      sent += try client.sendSome(ahead[sent...].prefix(20_000))
      let waiting = server.answer("/large") { $0.output.count } ?? 0
      #expect(waiting <= highWater + TestDelegate.largeBytes + 200)
      isRead = server.answer("/large") { $0.interest.contains(.readable) } ?? true
    }
    #expect(!isRead, "the server read on without an end")
    for _ in 0..<sent / large.utf8.count { #expect(try client.readAnswer().body.utf8.count == TestDelegate.largeBytes) }
  }

  @Test func `a source is told to pause above the high-water mark and to go on below the low one`() throws {
    let server = try TestServer(ServerOptions(highWater: 64 << 10, lowWater: 16 << 10))
    let client = try Client(server.port, receiveBytes: 4096)
    try client.request("/flood")
    let size = 8 << 20
    let isCongested = server.answer("/flood") { connection in
      connection.begin(200, length: size) { _ in }
      #expect(!connection.isCongested)
      connection.write([UInt8](repeating: 97, count: size))
      return connection.isCongested
    }
    #expect(isCongested == true)
    _ = try client.readHead()
    _ = try client.read(1000)
    #expect(!server.events.all.contains(.drained("/flood")), "most of it still waits")
    #expect(try client.read(size - 1000).count == size - 1000)
    server.events.wait { $0.contains(.drained("/flood")) }
    #expect(server.answer("/flood") { $0.isCongested } == false)
    server.answer("/flood") { $0.finish() }
    #expect(server.events.all.filter { $0 == .drained("/flood") }.count == 1)
  }

  @Test func `a client that keeps up is never congested`() throws {
    let server = try TestServer()
    let client = try Client(server.port)
    try client.request("/stream")
    server.answer("/stream") { $0.begin(200, length: nil) { _ in } }
    _ = try client.readHead()
    for index in 0..<50 {
      #expect(
        server.answer("/stream") { connection in
          connection.write(Array("event \(index)".utf8))
          return connection.isCongested
        } == false)
      #expect(try client.readChunk() == "event \(index)")
    }
    #expect(!server.events.all.contains(.drained("/stream")))
  }
}
