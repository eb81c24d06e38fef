import HTTPServer
import Reactor
import TestSupport
import Testing

@testable import Upstream

/// Which connections carry another request, and what happens when one turns out not to.
struct ReuseTests {
  private let first = SlotID(index: 1, generation: 1)
  private let second = SlotID(index: 2, generation: 1)
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  /// An upstream and a client that have one connection, on which one request has been answered.
  private func pair(
    _ engine: Engine = .direct, _ answer: String = ok, method: String = "GET"
  ) throws -> (RawUpstream, TestClient) {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port, method: method, owner: first)
    try upstream.takeRequest()
    try upstream.send(answer)
    #expect(client.end(of: first) == .complete)
    return (upstream, client)
  }

  @Test(
    arguments: Engine.allCases,
    [
      (ok, "GET"), ("HTTP/1.1 204 No Content\r\n\r\n", "GET"),
      ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n", "GET"),
      ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", "GET"),
      ("HTTP/1.1 100 Continue\r\n\r\n" + ok, "POST"),
    ])
  func `a connection whose answer is whole carries the next request`(engine: Engine, answer: (String, String)) throws {
    let (upstream, client) = try pair(engine, answer.0, method: answer.1)
    client.start(upstream.port, "/next", owner: second)
    #expect(try upstream.takeNextRequest().hasPrefix("GET /next "))
    try upstream.send(Self.ok)
    #expect(client.end(of: second) == .complete)
    #expect(client.body(of: second) == Array("ok".utf8))
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ok + "x", ok + ok, ok + "\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nx",
    "HTTP/1.1 204 No Content\r\n\r\nx",
  ])
  func `a connection is closed that the upstream wants closed, or on which something else came`(answer: String) throws {
    let (upstream, client) = try pair(.direct, answer)
    #expect(client.idleCount == 0)
    try upstream.expectEnd()
    #expect(client.timerCount == 0)
  }

  /// Goal: bytes behind an answer are not taken for the next one, not even where the answer ends with the read buffer,
  /// which hides them. The head's length makes it end there if the kernel hands over all at once.
  @Test(arguments: Engine.allCases, ["GET", "HEAD", "DELETE"])
  func `a connection on which a body may be left unread carries nothing more`(engine: Engine, method: String) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    let body = "GET /smuggled HTTP/1.1\r\n\r\n"
    client.start(upstream.port, method: method, body: Array(body.utf8), owner: first)
    try upstream.takeRequest(through: engine != .direct && method == "HEAD" ? "\r\n\r\n" : body)
    try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
    #expect(client.end(of: first) == .complete)
    try upstream.expectEnd()
  }

  @Test func `what is hidden behind a full read buffer is not the next answer`() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 65000\r\nX-Fill: "
    let fill = EventLoop.scratchBytes - 65_000 - head.utf8.count - 4
    let answer = head + String(repeating: "x", count: fill) + "\r\n\r\n" + String(repeating: "a", count: 65_000)
    let (upstream, client) = try pair(.direct, answer + Self.ok)
    client.start(upstream.port, "/next", owner: second)
    #expect(try upstream.takeRequest().hasPrefix("GET /next "))
    try upstream.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    #expect(client.end(of: second) == .complete)
    #expect(client.events.all.contains(.head(second, 201)))
  }

  @Test func `an idle connection on which the upstream speaks is closed`() throws {
    let (upstream, client) = try pair()
    #expect(client.idleCount == 1)
    try upstream.send("HTTP/1.1 408 Request Timeout\r\n\r\n")
    try upstream.expectEnd()
    #expect(client.idleCount == 0)
  }

  @Test(arguments: [false, true])
  func `an idle connection that the upstream closes is forgotten`(resets: Bool) throws {
    let (upstream, client) = try pair()
    if resets { upstream.reset() } else { upstream.close() }
    client.wait("the connection is still kept") { client.idleCount == 0 }
    client.start(upstream.port, owner: second)
    try upstream.takeRequest()
    try upstream.send(Self.ok)
    #expect(client.end(of: second) == .complete)
  }

  @Test func `idle connections go by their age, one after the other, and the timer with the last`() throws {
    let (server, client) = (try TestServer(), try TestClient())
    client.run { client, _ in client.direct.idleFor = .milliseconds(30) }
    for owner in [first, second] { client.start(server.port, "/wait-\(owner.index)", owner: owner) }
    for owner in [first, second] {
      server.answer("/wait-\(owner.index)") { $0.respond(200, body: []) { _ in } }
      #expect(client.end(of: owner) == .complete)
    }
    #expect(Set(server.connections).count == 2)
    client.wait("connections are still kept") { client.idleCount == 0 }
    #expect(client.timerCount == 0)
  }

  @Test func `the connection of an answer carries a request that is started when it ends`() throws {
    let (server, client) = (try TestServer(), try TestClient())
    client.run { [first, second] client, delegate in
      delegate.onEnd = { owner in
        guard owner == first else { return }
        _ = client.start(TestClient.spec(server.port, "/hello"), owner: second)
      }
    }
    client.start(server.port, owner: first)
    #expect(client.end(of: second) == .complete)
    #expect(server.connections == [0, 0])
    #expect(client.idleCount == 1)
  }

  // MARK: - Connections that were closed meanwhile

  @Test(arguments: Engine.allCases, [false, true])
  func `a request that meets a closed connection is sent once more`(engine: Engine, resets: Bool) throws {
    let (upstream, client) = try pair(engine)
    client.start(upstream.port, "/next", method: "POST", body: Array("the body".utf8), owner: second)
    let request = try upstream.takeNextRequest(through: "the body")
    if resets { upstream.reset() } else { upstream.close() }
    #expect(try upstream.takeRequest(through: "the body") == request)
    try upstream.send(Self.ok)
    #expect(client.end(of: second) == .complete)
    #expect(client.body(of: second) == Array("ok".utf8))
    #expect(client.events.all.count == 6)
  }

  @Test(arguments: Engine.allCases)
  func `a request is sent once more, not again and again`(engine: Engine) throws {
    let (upstream, client) = try pair(engine)
    client.start(upstream.port, owner: second)
    try upstream.takeNextRequest()
    upstream.close()
    try upstream.takeRequest()
    upstream.close()
    #expect(client.failure(of: second) == .disconnected)
    #expect(!upstream.hasPendingConnection)
  }

  @Test func `a request that was being answered is not sent once more`() throws {
    let (upstream, client) = try pair()
    client.start(upstream.port, owner: second)
    try upstream.takeNextRequest()
    try upstream.send("H")
    upstream.close()
    #expect(client.failure(of: second) == .disconnected)
    #expect(!upstream.hasPendingConnection)
  }

  /// A server that has had the request for a while may have worked on it: asking again is the retry policy's business.
  @Test func `a request that was taken for a while is not sent once more`() throws {
    let (upstream, client) = try pair()
    client.run { client, _ in client.direct.staleFor = .seconds(-1) }
    client.start(upstream.port, owner: second)
    try upstream.takeNextRequest()
    upstream.close()
    #expect(client.failure(of: second) == .disconnected)
    #expect(!upstream.hasPendingConnection)
  }

  @Test func `a first request on a connection is not sent once more`() throws {
    let (upstream, client) = (try RawUpstream(), try TestClient())
    client.start(upstream.port)
    try upstream.takeRequest()
    upstream.close()
    #expect(client.failure() == .disconnected)
    #expect(!upstream.hasPendingConnection)
  }
}
