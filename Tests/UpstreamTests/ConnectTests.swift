import Dispatch
import HTTPServer
import Reactor
import TestSupport
import Testing

@testable import Upstream

/// Connections on their way: names, addresses, and the time there is.
struct ConnectTests {
  private let owner = TestClient.owner
  private let next = SlotID(index: 2, generation: 1)

  private static func spec(_ connectTimeout: Duration = .seconds(5), path: String = "/hello") -> TransferSpec {
    TestClient.spec(80, path, host: "upstream.test", connectTimeout: connectTimeout)
  }

  @Test func `plain HTTP is spoken by the own client, the rest by libcurl`() throws {
    let client = try TestClient()
    func isDirect(scheme: String = "http", proxy: String = "", version: TransferSpec.HTTPVersion = .automatic) -> Bool {
      client.run { client, _ in
        let spec = TestClient.spec(1, "/", scheme: scheme, proxy: proxy, version: version)
        let id = client.start(spec, owner: TestClient.owner)
        client.cancel(id)
        guard case .direct = id else { return false }
        return true
      }
    }
    #expect(isDirect() && isDirect(version: .http1))
    #expect(!isDirect(scheme: "https") && !isDirect(version: .http2) && !isDirect(proxy: "http://127.0.0.1:1"))
  }

  // MARK: - Addresses

  /// Goal: nothing of a failed address outlasts it; a timer that does would end the transfer later on.
  @Test(arguments: DeafPort.Manner.allCases)
  func `the next address is tried, and no timer is left`(manner: DeafPort.Manner) throws {
    let (deaf, server) = (try DeafPort(manner), try TestServer())
    let addresses = try DeafPort.addresses(deaf.port, server.port)
    let client = try TestClient { _, _ in .success(addresses) }
    client.start(Self.spec(manner == .refuses ? .seconds(60) : .milliseconds(200), path: "/wait"))
    server.answer("/wait") { _ in }
    #expect(client.timerCount == 0)
    server.answer("/wait") { $0.respond(200, body: []) { _ in } }
    #expect(client.end() == .complete)
  }

  @Test(arguments: [[DeafPort.Manner.refuses], [.ignores], [.refuses, .refuses], [.ignores, .refuses]])
  func `a host none of whose addresses answers is unreachable`(manners: [DeafPort.Manner]) throws {
    let deaf = try manners.map { try DeafPort($0) }
    let addresses = try deaf.flatMap { try DeafPort.addresses($0.port) }
    let client = try TestClient { _, _ in .success(addresses) }
    client.start(Self.spec(.milliseconds(100)))
    #expect(client.failure() == .unreachable)
    #expect(client.events.all.count == 1)
    #expect(client.timerCount == 0)
    #expect(client.run { client, _ in client.transferCount } == 0)
  }

  @Test(arguments: Engine.allCases)
  func `what fails at once is not reported before the start has returned`(engine: Engine) throws {
    let client = try TestClient(engine)
    let early = client.run { [owner, events = client.events] client, _ in
      // A broadcast address, to which there are no connections.
      _ = client.start(TestClient.spec(80, "/", host: "255.255.255.255"), owner: owner)
      return events.all.count
    }
    #expect(early == 0)
    #expect(client.failure() == .unreachable)
    client.run { [next] client, _ in
      client.cancel(client.start(TestClient.spec(80, "/", host: "255.255.255.255"), owner: next))
    }
    #expect(client.run { client, _ in client.transferCount } == 0)
    #expect(client.events.all.count == 1)
  }

  @Test func `a name without an address is unreachable`() throws {
    let client = try TestClient { _, _ in .success([]) }
    client.start(Self.spec())
    #expect(client.failure() == .unreachable)
    #expect(client.timerCount == 0)
  }

  // MARK: - Names

  @Test func `a name that is not found is unreachable, in the resolver's words`() throws {
    let client = try TestClient { _, _ in .failure(ResolverFailure(message: "no such name")) }
    client.start(Self.spec())
    guard case .failed(let failure)? = client.end() else {
      Issue.record("the transfer did not fail")
      return
    }
    #expect(failure.kind == .unreachable && failure.message.contains("no such name"))
    #expect(client.timerCount == 0)
  }

  @Test func `the time to connect covers the name`() throws {
    let answered = DispatchSemaphore(value: 0)
    let server = try TestServer()
    let addresses = try DeafPort.addresses(server.port)
    let client = try TestClient { _, _ in
      answered.wait()
      return .success(addresses)
    }
    client.start(Self.spec(.milliseconds(20)))
    #expect(client.failure() == .unreachable)
    #expect(client.timerCount == 0)
    // The late answer is good for the next one.
    client.start(Self.spec(), owner: next)
    answered.signal()
    #expect(client.end(of: next) == .complete)
    #expect(server.connections == [0])
  }

  @Test func `transfers to one name share one question and its answer`() throws {
    let questions = Journal<String>()
    let answered = DispatchSemaphore(value: 0)
    let server = try TestServer()
    let addresses = try DeafPort.addresses(server.port)
    let client = try TestClient { host, port in
      questions.append("\(host):\(port)")
      answered.wait()
      return .success(addresses)
    }
    let owners = (1...3).map { SlotID(index: $0, generation: 1) }
    for owner in owners.dropLast() { client.start(Self.spec(), owner: owner) }
    answered.signal()
    for owner in owners.dropLast() { #expect(client.end(of: owner) == .complete) }
    client.start(Self.spec(), owner: owners[2])
    #expect(client.end(of: owners[2]) == .complete)
    #expect(questions.all == ["upstream.test:80"])
  }

  /// How a transfer is given up.
  enum Leave: CaseIterable {
    case cancel, detach

    func callAsFunction(_ client: UpstreamClient, _ id: TransferID) {
      switch self {
      case .cancel: client.cancel(id)
      case .detach: client.detach(id)
      }
    }
  }

  @Test(arguments: Leave.allCases)
  func `a transfer that is given up while its name is looked up is gone`(leave: Leave) throws {
    let answered = DispatchSemaphore(value: 0)
    let server = try TestServer()
    let addresses = try DeafPort.addresses(server.port)
    let client = try TestClient { _, _ in
      answered.wait()
      return .success(addresses)
    }
    let transfer = client.start(Self.spec())
    client.run { client, _ in leave(client, transfer) }
    #expect(client.run { client, _ in client.transferCount } == 0)
    #expect(client.timerCount == 0)
    client.start(Self.spec(), owner: next)
    answered.signal()
    #expect(client.end(of: next) == .complete)
    #expect(server.connections == [0])
    #expect(client.events.all.allSatisfy { $0 != .head(owner, 200) })
  }

  @Test(arguments: Leave.allCases)
  func `a transfer that is given up while it connects is gone`(leave: Leave) throws {
    let deaf = try DeafPort(.ignores)
    let client = try TestClient()
    let transfer = client.start(TestClient.spec(deaf.port, "/"))
    #expect(client.timerCount == 1)
    client.run { client, _ in leave(client, transfer) }
    #expect(client.timerCount == 0)
    #expect(client.run { client, _ in client.transferCount } == 0)
    #expect(client.events.all.isEmpty)
  }

  // MARK: - Proxies

  @Test func `what a proxy says to CONNECT is not the upstream's answer`() throws {
    let (proxy, client) = (try RawUpstream(), try TestClient())
    client.start(
      TestClient.spec(443, "/", scheme: "https", host: "upstream.test", proxy: "http://127.0.0.1:\(proxy.port)"))
    #expect(try proxy.takeRequest().hasPrefix("CONNECT upstream.test:443 "))
    try proxy.send("HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n")
    _ = try proxy.take(1)
    proxy.close()
    #expect(client.failure() != nil)
    #expect(client.events.all.count == 1)
  }
}
