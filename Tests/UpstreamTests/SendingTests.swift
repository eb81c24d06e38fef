import Reactor
import TestSupport
import Testing

@testable import Upstream

/// Bodies larger than every buffer on the way, and upstreams that answer before they have come.
struct SendingTests {
  private let owner = TestClient.owner
  /// Far above what the kernel holds for a connection that nobody reads.
  private static let large: [UInt8] = {
    var bytes = (0..<251).map { UInt8($0) }
    while bytes.count < 16 << 20 { bytes += bytes }
    return bytes
  }()

  /// Starts a request with the large body, of which little has been read.
  private func start(_ engine: Engine) throws -> (upstream: RawUpstream, client: TestClient, taken: Int, id: TransferID)
  {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    let id = client.start(upstream.port, method: "POST", body: Self.large)
    return (upstream, client, try upstream.takeHead().count, id)
  }

  @Test(arguments: Engine.allCases)
  func `a large body arrives as it is`(engine: Engine) throws {
    let (upstream, client) = (try RawUpstream(), try TestClient(engine))
    client.start(upstream.port, method: "POST", body: Self.large)
    let start = try upstream.takeHead()
    let rest = try upstream.take(Self.large.count - start.count)
    // The bytes would fill the screen.
    let isWhole = start + rest == Self.large
    #expect(isWhole)
    try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    #expect(client.end() == .complete)
  }

  @Test(arguments: Engine.allCases)
  func `an answer that begins early is delivered while the body is still being sent`(engine: Engine) throws {
    let (upstream, client, taken, _) = try start(engine)
    try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
    client.events.wait { $0.contains(.body(owner, Array("early".utf8))) }
    #expect(try upstream.take(Self.large.count - taken).count == Self.large.count - taken)
    try upstream.send("4\r\nlate\r\n0\r\n\r\n")
    #expect(client.end() == .complete)
    #expect(client.body() == Array("earlylate".utf8))
    client.start(upstream.port, "/next", owner: SlotID(index: 2, generation: 1))
    #expect(try upstream.takeNextRequest().hasPrefix("GET /next "))
  }

  @Test func `an answer that is whole before the body was sent ends the transfer and its connection`() throws {
    let (upstream, client, _, _) = try start(.direct)
    try upstream.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
    #expect(client.end() == .complete)
    #expect(client.events.all.first == .head(owner, 413))
    #expect(client.body() == Array("no".utf8))
    #expect(client.idleCount == 0)
    #expect(try upstream.takeAll().count < Self.large.count)
  }

  @Test func `an answer survives that its upstream closes without reading the body`() throws {
    let (upstream, client, _, _) = try start(.direct)
    try upstream.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
    // Unread bytes make this a reset.
    upstream.close()
    #expect(client.end() == .complete)
    #expect(client.body() == Array("no".utf8))
    #expect(client.idleCount == 0 && client.timerCount == 0)
  }

  @Test(arguments: Engine.allCases, [false, true])
  func `an upstream that leaves in the middle of the body has disconnected`(engine: Engine, resets: Bool) throws {
    let (upstream, client, _, _) = try start(engine)
    if resets { upstream.reset() } else { upstream.close() }
    #expect(client.failure() == .disconnected)
    #expect(client.events.all.count == 1)
  }

  @Test(arguments: Engine.allCases)
  func `a transfer is cancelled in the middle of its body`(engine: Engine) throws {
    let (upstream, client, _, id) = try start(engine)
    client.run { client, _ in client.cancel(id) }
    #expect(try upstream.takeAll().count < Self.large.count)
    #expect(client.events.all.isEmpty)
    #expect(client.run { client, _ in client.transferCount } == 0)
  }

  /// Goal: a pause in the middle of both directions loses neither.
  @Test func `a transfer that was paused while it was sending goes on with both`() throws {
    let (upstream, client, taken, id) = try start(.direct)
    client.run { _, delegate in delegate.onBody = { _ in false } }
    try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nearly")
    client.wait("the transfer is not paused") {
      client.run { client, _ in client.isPaused(id) }
    }
    client.run { client, delegate in
      delegate.onBody = { _ in true }
      client.resume(id)
    }
    #expect(try upstream.take(Self.large.count - taken).count == Self.large.count - taken)
    try upstream.send("late")
    #expect(client.end() == .complete)
    #expect(client.body() == Array("earlylate".utf8))
    #expect(client.idleCount == 1)
  }
}
