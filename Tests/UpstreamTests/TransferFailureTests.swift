import Reactor
import TestSupport
import Testing

@testable import Upstream

/// Transfers that fail, and what their failures are called.
struct TransferFailureTests {
  private let owner = TestClient.owner

  /// Has a raw upstream answer one request with `text` and then end the connection.
  private func answer(_ engine: Engine, _ text: String, resets: Bool = false) throws -> TestClient {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port)
    try upstream.takeRequest()
    try upstream.send(text)
    if resets { upstream.reset() } else { upstream.close() }
    client.end()
    return client
  }

  @Test(arguments: Engine.allCases)
  func `an upstream where nobody listens is unreachable`(engine: Engine) throws {
    let listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 1)
    let port = Syscalls.localPort(listening)
    Syscalls.closeDescriptor(listening)
    let client = try TestClient(engine)
    client.start(port)
    #expect(client.failure() == .unreachable)
    #expect(client.events.all.count == 1)
  }

  @Test func `an upstream that does not speak TLS where it should has no TLS`() throws {
    let (server, client) = (try TestServer(), try TestClient())
    client.run { [owner] client, _ in
      _ = client.start(TestClient.spec(server.port, "/hello", scheme: "https"), owner: owner)
    }
    #expect(client.failure() == .tls)
  }

  @Test(arguments: Engine.allCases, [false, true])
  func `an upstream that hangs up without an answer has disconnected`(engine: Engine, resets: Bool) throws {
    let client = try answer(engine, "", resets: resets)
    #expect(client.failure() == .disconnected)
    #expect(client.events.all.count == 1)
  }

  @Test(
    arguments: Engine.allCases,
    [
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ])
  func `an answer shorter than its framing is truncated, and what came was delivered`(engine: Engine, text: String)
    throws
  {
    let client = try answer(engine, text)
    #expect(client.failure() == .truncated)
    #expect(client.body() == Array("abc".utf8))
  }

  @Test(arguments: Engine.allCases)
  func `an answer that is reset in its body has been disconnected`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port)
    try upstream.takeRequest()
    try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    client.events.wait { $0.contains(.body(owner, Array("abc".utf8))) }
    upstream.reset()
    #expect(client.failure() == .disconnected)
  }

  @Test(arguments: Engine.allCases)
  func `an answer that only the close ends is whole`(engine: Engine) throws {
    let client = try answer(engine, "HTTP/1.1 200 OK\r\n\r\nabc")
    #expect(client.end() == .complete)
    #expect(client.body() == Array("abc".utf8))
  }

  @Test(
    arguments: Engine.allCases,
    [
      "SSH-2.0-OpenSSH_9.2\r\n", "hello there, this is no HTTP at all\r\n\r\n",
      "\0\u{1}\u{2}\u{3}garbage garbage\r\n\r\n",
    ])
  func `what is not HTTP is no valid answer`(engine: Engine, text: String) throws {
    let client = try answer(engine, text)
    #expect(client.failure() == .invalidAnswer)
    #expect(client.body().isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `a head beyond the cap is no valid answer`(engine: Engine) throws {
    let line = "X-Large: \(String(repeating: "a", count: 8000))\r\n"
    let client = try answer(engine, "HTTP/1.1 200 OK\r\n\(String(repeating: line, count: 9))\r\n")
    #expect(client.failure() == .invalidAnswer)
    #expect(client.events.all.count == 1)
  }

  @Test(arguments: Engine.allCases)
  func `a body that does not unpack is no valid answer`(engine: Engine) throws {
    let client = try answer(
      engine, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot a gzip!!")
    #expect(client.failure() == .invalidAnswer)
  }

  @Test(arguments: Engine.allCases)
  func `failures carry libcurl's words and nothing of the request`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    var headers = HeaderLines()
    headers.append("Authorization", "Bearer sk-secret")
    client.start(upstream.port, "/path?key=sk-secret", headers: headers)
    try upstream.takeRequest()
    upstream.close()
    guard case .failed(let failure)? = client.end() else {
      Issue.record("the transfer did not fail")
      return
    }
    #expect(!failure.message.isEmpty && !failure.message.contains("sk-secret"))
  }

  @Test(arguments: Engine.allCases)
  func `a failed transfer leaves the client ready for the next one`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let upstream = try RawUpstream()
    client.start(upstream.port)
    try upstream.takeRequest()
    upstream.reset()
    #expect(client.failure() == .disconnected)
    let next = SlotID(index: 2, generation: 1)
    client.start(server.port, owner: next)
    #expect(client.end(of: next) == .complete)
    #expect(client.body(of: next) == Array("hello".utf8))
    #expect(client.run { client, _ in client.transferCount } == 0)
  }
}
