import HTTPServer
import Reactor
import TestSupport
import Testing
import Wire

@testable import Upstream

/// Transfers whose bytes were refused, and what their upstreams do meanwhile.
struct PauseTests {
  private let owner = TestClient.owner
  private let next = SlotID(index: 2, generation: 1)

  /// Starts a transfer that is answered with `text` and refuses the body.
  private func paused(
    _ engine: Engine = .direct, _ answer: [UInt8]
  ) throws -> (upstream: RawUpstream, client: TestClient, id: TransferID) {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    let refusals = Journal<Bool>()
    client.run { _, delegate in
      delegate.onBody = { _ in
        refusals.append(true)
        return false
      }
    }
    let id = client.start(upstream.port)
    try upstream.takeRequest()
    try upstream.send(answer)
    refusals.wait { !$0.isEmpty }
    return (upstream, client, id)
  }

  private func resume(_ client: TestClient, _ id: TransferID) {
    client.run { client, delegate in
      delegate.onBody = { _ in true }
      client.resume(id)
    }
  }

  @Test(
    arguments: Engine.allCases,
    ["Content-Length: 6\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"])
  func `an answer that ended during the pause is whole, and its connection used again`(
    engine: Engine, text: String
  ) throws {
    let (upstream, client, id) = try paused(engine, Array("HTTP/1.1 200 OK\r\n\(text)".utf8))
    #expect(client.events.all == [.head(owner, 200)])
    resume(client, id)
    #expect(client.end() == .complete)
    #expect(client.body() == Array("abcdef".utf8))
    client.start(upstream.port, "/next", owner: next)
    #expect(try upstream.takeNextRequest().hasPrefix("GET /next "))
  }

  @Test(arguments: Engine.allCases)
  func `an answer whose upstream closed during the pause is whole`(engine: Engine) throws {
    let (upstream, client, id) = try paused(engine, Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8))
    upstream.close()
    #expect(client.events.all == [.head(owner, 200)])
    resume(client, id)
    #expect(client.end() == .complete)
    #expect(client.body() == Array("abc".utf8))
  }

  @Test(arguments: [false, true])
  func `an upstream that breaks during the pause is noticed after what it had sent`(resets: Bool) throws {
    let (upstream, client, id) = try paused(.direct, Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".utf8))
    if resets { upstream.reset() } else { upstream.close() }
    #expect(client.run { client, _ in client.transferCount } == 1)
    resume(client, id)
    #expect(client.failure() == (resets ? .disconnected : .truncated))
    #expect(client.body() == Array("abc".utf8))
    #expect(client.timerCount == 0)
  }

  @Test func `an answer that is broken behind refused bytes fails after them`() throws {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense"
    let (upstream, client, id) = try paused(.direct, Array(text.utf8))
    #expect(client.events.all == [.head(owner, 200)])
    resume(client, id)
    #expect(client.failure() == .invalidAnswer)
    #expect(client.body() == Array("abc".utf8))
    try upstream.expectEnd()
  }

  @Test func `a compressed answer is paused in plain bytes`() throws {
    let packed = try #require(Gzip.compress(Array("plain words".utf8), level: 6))
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
    let (_, client, id) = try paused(.direct, Array(head.utf8) + packed)
    resume(client, id)
    #expect(client.end() == .complete)
    #expect(client.body() == Array("plain words".utf8))
  }

  @Test(arguments: Engine.allCases)
  func `resuming several times is resuming once`(engine: Engine) throws {
    let (_, client, id) = try paused(engine, Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".utf8))
    client.run { client, delegate in
      delegate.onBody = { _ in true }
      for _ in 0..<3 { client.resume(id) }
    }
    #expect(client.end() == .complete)
    #expect(client.body() == Array("abc".utf8))
  }

  @Test(arguments: Engine.allCases)
  func `a resumed transfer may refuse again, and be cancelled`(engine: Engine) throws {
    let (upstream, client, id) = try paused(engine, Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".utf8))
    for _ in 0..<3 { client.run { client, _ in client.resume(id) } }
    client.run { client, _ in
      client.resume(id)
      client.cancel(id)
    }
    try upstream.expectEnd()
    #expect(client.events.all == [.head(owner, 200)])
    #expect(client.run { client, _ in client.transferCount } == 0)
  }

  @Test func `a paused transfer whose answer is whole is detached at once`() throws {
    let (upstream, client, id) = try paused(.direct, Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".utf8))
    let left = client.run { client, _ in
      client.detach(id)
      return client.transferCount
    }
    #expect(left == 0)
    #expect(client.idleCount == 1)
    client.start(upstream.port, "/next", owner: next)
    #expect(try upstream.takeNextRequest().hasPrefix("GET /next "))
    #expect(client.events.all == [.head(owner, 200)])
  }

  // MARK: - Detaching from inside callbacks

  /// The callback from inside of which a transfer is detached.
  enum Moment: CaseIterable {
    case head, body, refusedBody, resumedBody, refusedResumedBody, end
  }

  /// Goal: a transfer may be let go of at any moment, and its connection is still good. Method: the same connection
  /// carries the next request.
  @Test(arguments: Engine.allCases, Moment.allCases)
  func `a transfer may be detached from inside each of its own callbacks`(engine: Engine, moment: Moment) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let (transfer, refusals) = (Journal<TransferID>(), Journal<Bool>())
    client.run { client, delegate in
      let detach: () -> Void = { transfer.all.first.map(client.detach) }
      var deliveries = 0
      delegate.onHead = { _ in if moment == .head { detach() } }
      delegate.onBody = { _ in
        deliveries += 1
        let pauses = (moment == .resumedBody || moment == .refusedResumedBody) && deliveries == 1
        refusals.append(pauses)
        if pauses { return false }
        if moment != .head, moment != .end { detach() }
        return moment != .refusedBody && moment != .refusedResumedBody
      }
      delegate.onEnd = { _ in if moment == .end { detach() } }
    }
    transfer.append(client.start(server.port, "/stream"))
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
    }
    if moment == .resumedBody || moment == .refusedResumedBody {
      refusals.wait { !$0.isEmpty }
      client.run { client, _ in transfer.all.first.map(client.resume) }
    }
    if moment != .head { refusals.wait { $0.contains(false) } }
    server.answer("/stream") { connection in
      connection.write(Array("the rest".utf8))
      connection.finish()
    }
    if moment == .end { #expect(client.end() == .complete) }
    client.waitUntilIdle()
    #expect(client.events.all.contains(.ended(owner, .complete)) == (moment == .end))
    client.run { _, delegate in
      (delegate.onHead, delegate.onBody, delegate.onEnd) = ({ _ in }, { _ in true }, { _ in })
    }
    client.start(server.port, owner: next)
    #expect(client.end(of: next) == .complete)
    #expect(server.connections == [0, 0])
    if engine == .direct { #expect(client.timerCount == 1, "only the one for idle connections") }
  }

  @Test func `detaching twice is detaching once`() throws {
    let (server, client) = (try TestServer(), try TestClient())
    let transfer = client.start(server.port, "/stream")
    server.answer("/stream") { $0.begin(200, length: nil) { _ in } }
    client.events.wait { $0.contains(.head(owner, 200)) }
    client.run { client, _ in
      client.detach(transfer)
      client.detach(transfer)
    }
    #expect(client.timerCount == 1)
    client.run { client, _ in client.cancel(transfer) }
    #expect(client.timerCount == 0)
    server.events.wait { $0.contains(.left("/stream")) }
  }
}
