import Reactor
import TestSupport
import Testing

@testable import HTTPServer

/// What happens when there are more connections than there may be.
struct CrowdTests {
  @Test func `an idle connection makes room for a new one, the one that has waited longest first`() throws {
    let server = try TestServer(ServerOptions(connectionsMax: 3))
    let first = try client(of: server)
    let second = try client(of: server)
    let third = try client(of: server)
    // Now the second has waited longest.
    try first.request("/hello")
    #expect(try first.readAnswer().status == 200)

    let fourth = try client(of: server)
    try second.expectEnd()
    for client in [first, third, fourth] {
      try client.request("/hello")
      #expect(try client.readAnswer().status == 200)
    }
    #expect(server.run { $0.evictedConnections } == 1)
    #expect(server.run { $0.refusedConnections } == 0)
  }

  @Test func `beyond the cap on idle connections the one that has waited longest is closed`() throws {
    let server = try TestServer(ServerOptions(idleConnectionsMax: 2))
    let first = try client(of: server)
    let busy = try client(of: server)
    try busy.request("/wait")
    server.answer("/wait") { _ in }
    let others = [try client(of: server), try client(of: server)]
    try first.expectEnd()
    #expect(server.run { $0.idleCount } == 2)
    server.answer("/wait") { $0.respond(200, body: Array("done".utf8)) { _ in } }
    #expect(try busy.readAnswer().body == "done")
    try others[0].expectEnd()
    #expect(server.run { $0.connectionCount } == 2)
    #expect(server.run { $0.idleCount } == 2)
  }

  @Test func `one address has its share and no more, and gets it back`() throws {
    let server = try TestServer(ServerOptions(connectionsPerAddressMax: 2))
    let welcome = [try client(of: server), try client(of: server)]
    let third = try Client(server.port)
    #expect(try third.readAnswer().status == 503)
    #expect(server.events.all.contains(.failed(.crowded)))
    third.close()
    welcome[0].close()
    server.wait(for: { $0.connectionCount }) { $0 == 1 }
    _ = try client(of: server)
    #expect(server.run { $0.refusedConnections } == 1)
  }

  @Test func `who is turned away takes no room for long, however many there are`() throws {
    let server = try TestServer(ServerOptions(linger: .milliseconds(50), connectionsPerAddressMax: 1))
    let welcome = try client(of: server)
    let flood = try (0..<3 * HTTPServer.refusingMax).map { _ in try Client(server.port) }
    server.wait(for: { $0.refusedConnections }) { $0 == flood.count }
    #expect(server.run { $0.connectionCount } <= 1 + HTTPServer.refusingMax)
    server.wait(for: { $0.connectionCount }) { $0 == 1 }
    try welcome.request("/hello")
    #expect(try welcome.readAnswer().status == 200)
  }

  @Test func `the ledger counts each network by itself`() {
    let ledger = ConnectionLedger()
    #expect(ledger.admit(1, max: 3, perNetworkMax: 1) == .welcome)
    #expect(ledger.admit(1, max: 3, perNetworkMax: 1) == .crowded)
    #expect(ledger.admit(2, max: 3, perNetworkMax: 1) == .welcome)
    #expect(ledger.admit(1, max: 3, perNetworkMax: nil) == .welcome)
    #expect(ledger.admit(3, max: 3, perNetworkMax: 1) == .full)
    ledger.release(1)
    #expect(ledger.admit(1, max: 3, perNetworkMax: 1) == .crowded)
    #expect(ledger.admit(3, max: 3, perNetworkMax: 1) == .welcome)
    for network in [1, 2, 3] as [UInt64] { ledger.release(network) }
    #expect(ledger.admit(2, max: 1, perNetworkMax: 1) == .welcome)
  }

  /// One that has had an answer, so that the server knows of it.
  private func client(of server: TestServer) throws -> Client {
    let client = try Client(server.port)
    try client.request("/hello")
    #expect(try client.readAnswer().status == 200)
    return client
  }
}
