import HTTPServer
import Reactor
import TestSupport
import Testing
import Wire

@testable import Upstream

/// Transfers that go well.
struct TransferTests {
  private let owner = TestClient.owner

  @Test(arguments: Engine.allCases)
  func `an answer is reported as head, body and end`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    client.start(server.port)
    #expect(client.end() == .complete)
    #expect(client.events.all == [.head(owner, 200), .body(owner, Array("hello".utf8)), .ended(owner, .complete)])
    #expect(client.run { _, delegate in delegate.head.value("content-length") } == "5")
    #expect(client.run { client, _ in client.transferCount } == 0)
  }

  @Test(arguments: Engine.allCases, ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
  func `method, fields and body arrive as they were given`(engine: Engine, method: String) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    var headers = HeaderLines()
    headers.append("X-Test", "value")
    client.start(server.port, "/echo", method: method, headers: headers, body: Array("body".utf8))
    #expect(client.end() == .complete)
    #expect(String(decoding: client.body(), as: UTF8.self) == "\(method) value body")
  }

  @Test(arguments: Engine.allCases)
  func `a field with an empty value is sent, and nothing that was not asked for`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    var headers = HeaderLines()
    headers.append("X-Empty", "")
    client.start(upstream.port, "/path?a=%2F..", headers: headers)
    let request = try upstream.takeRequest()
    #expect(request.hasPrefix("GET /path?a=%2F.. HTTP/1.1\r\n"))
    #expect(request.contains("\r\nX-Empty:\r\n") || request.contains("\r\nX-Empty: \r\n"))
    #expect(!request.lowercased().contains("\r\naccept:"))
    #expect(!request.lowercased().contains("\r\nuser-agent:"))
    #expect(request.contains("\r\nAccept-Encoding: identity\r\n"))
  }

  @Test(arguments: Engine.allCases)
  func `a body of no bytes is still a body`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port, method: "POST", body: [])
    #expect(try upstream.takeRequest().contains("\r\nContent-Length: 0\r\n"))
  }

  @Test(arguments: Engine.allCases, ["HEAD", "GET", "DELETE"])
  func `a request without a body says nothing about one`(engine: Engine, method: String) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port, method: method)
    let request = try upstream.takeRequest().lowercased()
    #expect(request.hasPrefix(method.lowercased()))
    #expect(!request.contains("\r\ncontent-length:") && !request.contains("\r\ntransfer-encoding:"))
    try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(method == "HEAD" ? "5" : "0")\r\n\r\n")
    #expect(client.end() == .complete)
    #expect(client.body().isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `a stream is delivered as it comes`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    client.start(server.port, "/stream")
    server.answer("/stream") { $0.begin(200, length: nil) { _ in } }
    for index in 0..<5 {
      server.answer("/stream") { $0.write(Array("event \(index);".utf8)) }
      client.events.wait { _ in String(decoding: client.body(), as: UTF8.self).hasSuffix("event \(index);") }
    }
    server.answer("/stream") { $0.finish() }
    #expect(client.end() == .complete)
  }

  @Test(arguments: Engine.allCases)
  func `interim answers are skipped`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port, method: "POST", body: Array("x".utf8))
    try upstream.takeRequest()
    try upstream.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
    try upstream.send("HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok")
    #expect(client.end() == .complete)
    #expect(client.events.all.first == .head(owner, 201))
    #expect(client.events.all.count == 3)
    #expect(client.run { _, delegate in delegate.head.value("link") } == nil)
    #expect(client.run { _, delegate in delegate.head.value("x-a") } == "1")
  }

  @Test(arguments: Engine.allCases)
  func `trailer fields are not taken for a head`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port)
    try upstream.takeRequest()
    try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n")
    #expect(client.end() == .complete)
    #expect(client.events.all == [.head(owner, 200), .body(owner, Array("ok".utf8)), .ended(owner, .complete)])
  }

  @Test(arguments: Engine.allCases)
  func `a compressed answer is delivered plain`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let text = Array(String(repeating: "the same again ", count: 1000).utf8)
    let packed = try #require(Gzip.compress(text, level: 6))
    client.start(server.port, "/packed")
    server.answer("/packed") { connection in
      connection.respond(200, body: packed) { ResponseHeadWriter.appendField("Content-Encoding", "gzip", to: &$0) }
    }
    #expect(client.end() == .complete)
    #expect(client.body() == text)
  }

  // MARK: - Connections

  @Test(arguments: Engine.allCases)
  func `a connection is used again`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    for round in 1...3 {
      let owner = SlotID(index: round, generation: 1)
      client.start(server.port, owner: owner)
      #expect(client.end(of: owner) == .complete)
    }
    #expect(server.connections == [0, 0, 0])
  }

  @Test(arguments: Engine.allCases)
  func `requests at the same time have connections of their own`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let owners = (1...3).map { SlotID(index: $0, generation: 1) }
    for owner in owners { client.start(server.port, "/wait-\(owner.index)", owner: owner) }
    for owner in owners.reversed() {
      server.answer("/wait-\(owner.index)") { $0.respond(200, body: Array("\(owner.index)".utf8)) { _ in } }
      #expect(client.end(of: owner) == .complete)
      #expect(client.body(of: owner) == Array("\(owner.index)".utf8))
    }
    #expect(Set(server.connections).count == 3)
  }

  @Test(arguments: Engine.allCases)
  func `a kept connection that the upstream has closed is no failure`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let (first, second) = (SlotID(index: 1, generation: 1), SlotID(index: 2, generation: 1))
    client.start(server.port, owner: first)
    #expect(client.end(of: first) == .complete)
    server.closeAll()
    client.start(server.port, owner: second)
    #expect(client.end(of: second) == .complete)
    #expect(server.connections == [0, 1])
  }

  // MARK: - Pausing

  /// Goal: refusing bytes loses and repeats none of them. Method: a body far beyond every buffer, of which every second
  /// delivery is refused and asked for again from outside.
  @Test(arguments: Engine.allCases)
  func `refused bytes come again, exactly`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let size = 3 << 20
    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    let refusals = Journal<Bool>()
    client.run { _, delegate in
      var deliveries = 0
      delegate.onBody = { _ in
        deliveries += 1
        if deliveries % 2 == 0 { return true }
        refusals.append(true)
        return false
      }
      delegate.onEnd = { _ in refusals.append(false) }
    }
    let transfer = client.start(server.port, "/large")
    server.answer("/large") { $0.respond(200, body: body) { _ in } }
    var seen = 0
    while refusals.wait(until: { $0.count > seen })[seen...].first == true {
      seen += 1
      client.run { client, _ in client.resume(transfer) }
    }
    #expect(client.end() == .complete)
    #expect(client.body() == body)
    #expect(seen > 10)
  }

  @Test(arguments: Engine.allCases)
  func `a paused transfer stays paused, and holds its upstream back`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    client.run { _, delegate in delegate.onBody = { _ in false } }
    let transfer = client.start(server.port, "/large")
    server.answer("/large") { connection in
      connection.begin(200, length: 64 << 20) { _ in }
      connection.write([UInt8](repeating: 97, count: 64 << 20))
    }
    client.events.wait { $0.contains(.head(owner, 200)) }
    // The kernel's buffers take a few of the 64 MiB; the rest stays with the server.
    #expect(server.answer("/large") { $0.isCongested } == true)
    #expect(client.body().isEmpty)
    client.run { client, _ in client.cancel(transfer) }
    server.events.wait { $0.contains(.left("/large")) }
  }

  @Test(arguments: Engine.allCases)
  func `resuming what is not paused, or is over, does nothing`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/wait")
    client.run { client, _ in client.resume(transfer) }
    server.answer("/wait") { $0.respond(200, body: Array("x".utf8)) { _ in } }
    #expect(client.end() == .complete)
    client.run { client, _ in
      client.resume(transfer)
      client.resume(.none)
    }
    #expect(client.body() == Array("x".utf8))
  }
}
