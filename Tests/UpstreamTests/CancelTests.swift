import HTTPServer
import Reactor
import TestSupport
import Testing
import Time

@testable import Upstream

/// Transfers that nobody wants any more.
struct CancelTests {
  private let owner = TestClient.owner

  @Test(arguments: Engine.allCases)
  func `cancelling before the answer closes the upstream connection at once and reports nothing`(engine: Engine) throws
  {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/wait")
    server.answer("/wait") { _ in }
    let count = client.run { client, _ in
      client.cancel(transfer)
      return client.transferCount
    }
    #expect(count == 0)
    server.events.wait { $0.contains(.left("/wait")) }
    #expect(client.events.all.isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `cancelling before the connection is made closes it`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.run { [owner, port = upstream.port] client, _ in
      client.cancel(client.start(TestClient.spec(port, "/hello"), owner: owner))
    }
    #expect(client.run { client, _ in client.transferCount } == 0)
    #expect(client.events.all.isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `cancelling in the middle of a stream closes the upstream connection at once`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/stream")
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
    }
    client.events.wait { $0.count == 2 }
    client.run { client, _ in client.cancel(transfer) }
    server.events.wait { $0.contains(.left("/stream")) }
    #expect(client.events.all == [.head(owner, 200), .body(owner, Array("part".utf8))])
  }

  /// The callback from inside of which a transfer is cancelled.
  enum Moment: CaseIterable {
    case head, body, refusedBody, end
  }

  @Test(arguments: Engine.allCases, Moment.allCases)
  func `a transfer may be cancelled from inside each of its own callbacks`(engine: Engine, moment: Moment) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = Journal<TransferID>()
    client.run { client, delegate in
      let cancel: () -> Void = { transfer.all.first.map(client.cancel) }
      switch moment {
      case .head: delegate.onHead = { _ in cancel() }
      case .body, .refusedBody:
        delegate.onBody = { _ in
          cancel()
          return moment == .body
        }
      case .end: delegate.onEnd = { _ in cancel() }
      }
    }
    transfer.append(client.start(server.port, "/stream"))
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("part".utf8))
      if moment == .end { connection.finish() }
    }
    if moment == .end {
      #expect(client.end() == .complete)
    } else {
      server.events.wait { $0.contains(.left("/stream")) }
    }
    client.waitUntilIdle()
    let reported = client.events.all
    switch moment {
    case .head, .refusedBody: #expect(reported == [.head(owner, 200)])
    case .body: #expect(reported == [.head(owner, 200), .body(owner, Array("part".utf8))])
    case .end: #expect(reported.last == .ended(owner, .complete))
    }
    let next = SlotID(index: 2, generation: 1)
    client.run { _, delegate in
      (delegate.onHead, delegate.onBody, delegate.onEnd) = ({ _ in }, { _ in true }, { _ in })
    }
    client.start(server.port, owner: next)
    #expect(client.end(of: next) == .complete)
  }

  @Test(arguments: Engine.allCases, [Moment.head, .body, .end])
  func `another transfer may be cancelled from inside a callback`(engine: Engine, moment: Moment) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let victim = SlotID(index: 2, generation: 1)
    let other = client.start(server.port, "/victim", owner: victim)
    server.answer("/victim") { $0.begin(200, length: nil) { _ in } }
    client.events.wait { $0.contains(.head(victim, 200)) }
    client.run { client, delegate in
      delegate.onHead = { _ in if moment == .head { client.cancel(other) } }
      delegate.onBody = { _ in
        if moment == .body { client.cancel(other) }
        return true
      }
      delegate.onEnd = { _ in if moment == .end { client.cancel(other) } }
    }
    client.start(server.port)
    #expect(client.end() == .complete)
    server.events.wait { $0.contains(.left("/victim")) }
    #expect(client.events.all.filter { $0 == .ended(victim, .complete) } == [])
    client.waitUntilIdle()
  }

  @Test(arguments: Engine.allCases, [Moment.head, .body, .end])
  func `a transfer may be started from inside a callback`(engine: Engine, moment: Moment) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let next = SlotID(index: 2, generation: 1)
    client.run { [owner] client, delegate in
      let start: (SlotID) -> Void = { current in
        guard current == owner else { return }
        _ = client.start(TestClient.spec(server.port, "/hello"), owner: next)
      }
      switch moment {
      case .head: delegate.onHead = start
      case .body, .refusedBody:
        delegate.onBody = { current in
          start(current)
          return true
        }
      case .end: delegate.onEnd = start
      }
    }
    client.start(server.port)
    #expect(client.end(of: next) == .complete)
    #expect(client.body(of: next) == Array("hello".utf8))
    #expect(client.end() == .complete)
  }

  @Test(arguments: Engine.allCases)
  func `a stale id cancels nobody`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let first = client.start(server.port)
    #expect(client.end() == .complete)
    let next = SlotID(index: 2, generation: 1)
    let second = client.start(server.port, "/wait", owner: next)
    #expect(second != first)
    client.run { client, _ in
      client.cancel(first)
      client.detach(first)
      client.cancel(.none)
    }
    server.answer("/wait") { $0.respond(200, body: []) { _ in } }
    #expect(client.end(of: next) == .complete)
  }

  @Test(arguments: Engine.allCases)
  func `cancelling twice is cancelling once`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/wait")
    server.answer("/wait") { _ in }
    client.run { client, _ in
      client.cancel(transfer)
      client.cancel(transfer)
      client.detach(transfer)
    }
    server.events.wait { $0.contains(.left("/wait")) }
    #expect(client.run { client, _ in client.transferCount } == 0)
  }

  // MARK: - Detaching

  @Test(arguments: Engine.allCases, [false, true])
  func `a detached transfer reports nothing and leaves its connection for the next one`(engine: Engine, isPaused: Bool)
    throws
  {
    let (server, client) = (try TestServer(), try TestClient(engine))
    client.run { _, delegate in delegate.onBody = { _ in !isPaused } }
    let transfer = client.start(server.port, "/stream")
    server.answer("/stream") { connection in
      connection.begin(200, length: nil) { _ in }
      connection.write(Array("all that matters".utf8))
    }
    client.events.wait { $0.count == (isPaused ? 1 : 2) }
    client.run { client, delegate in
      delegate.onBody = { _ in true }
      client.detach(transfer)
    }
    server.answer("/stream") { connection in
      connection.write(Array("the rest".utf8))
      connection.finish()
    }
    client.waitUntilIdle()
    #expect(!client.events.all.contains(.ended(owner, .complete)))
    #expect(!String(decoding: client.body(), as: UTF8.self).contains("the rest"))
    let next = SlotID(index: 2, generation: 1)
    client.start(server.port, owner: next)
    #expect(client.end(of: next) == .complete)
    #expect(server.connections == [0, 0])
  }

  @Test(arguments: Engine.allCases)
  func `a detached transfer that goes on and on is cut by its bytes`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/stream")
    server.answer("/stream") { $0.begin(200, length: nil) { _ in } }
    client.events.wait { $0.contains(.head(owner, 200)) }
    client.run { client, _ in client.detach(transfer) }
    server.answer("/stream") { $0.write([UInt8](repeating: 97, count: UpstreamClient.detachedBytesMax)) }
    #expect(client.run { client, _ in client.transferCount } == 1)
    server.answer("/stream") { $0.write([UInt8](repeating: 97, count: 64 << 10)) }
    server.events.wait { $0.contains(.left("/stream")) }
    client.waitUntilIdle()
    #expect(client.body().isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `a detached transfer that never ends is cut by the clock`(engine: Engine) throws {
    let (server, client) = (try TestServer(), try TestClient(engine))
    let transfer = client.start(server.port, "/stream")
    server.answer("/stream") { $0.begin(200, length: nil) { _ in } }
    client.events.wait { $0.contains(.head(owner, 200)) }
    let start = Instant.now
    client.run { client, _ in client.detach(transfer) }
    server.events.wait { $0.contains(.left("/stream")) }
    #expect(Instant.now - start >= UpstreamClient.detachedFor)
    client.waitUntilIdle()
  }
}
