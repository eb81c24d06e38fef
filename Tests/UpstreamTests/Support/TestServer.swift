import HTTPServer
import Reactor
import TestSupport
import Testing
import Wire

/// An upstream made of the project's own server, whose answers a test gives.
///
/// `/hello` is answered at once, `/echo` with method, `X-Test` field and body of the request. Every other request waits
/// for what the test does in `answer`.
struct TestServer: Sendable {
  enum Event: Equatable {
    /// `connection` is a number that tells connections apart.
    case request(String, connection: Int)
    case left(String)
  }

  let port: UInt16
  let events = Journal<Event>()
  private let test: TestLoop
  private let delegate: TestDelegate

  init() throws {
    let listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 64)
    port = Syscalls.localPort(listening)
    test = try TestLoop()
    let delegate = TestDelegate(events: events)
    self.delegate = delegate
    test.run { loop in
      // Connections may outlast the test by a turn.
      loop.resident = delegate
      delegate.server = HTTPServer(loop: loop, listening: listening, options: ServerOptions(), delegate: delegate)
    }
  }

  /// Waits until the request for `path` has come, then runs `body` on the loop with its connection.
  @discardableResult
  func answer<Result: Sendable>(
    _ path: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (ServerConnection) -> Result
  ) -> Result? {
    events.wait(sourceLocation: sourceLocation) { events in
      events.contains { if case .request(path, _) = $0 { true } else { false } }
    }
    let delegate = delegate
    return test.run { _ in delegate.held[path].map(body) }
  }

  /// The numbers of the connections on which the requests came, in their order.
  var connections: [Int] {
    events.all.compactMap { if case .request(_, let connection) = $0 { connection } else { nil } }
  }

  /// Cuts every connection.
  func closeAll() {
    let delegate = delegate
    test.run { _ in delegate.server?.closeAll() }
  }
}

/// Touched on the loop of its server only.
private final class TestDelegate: ServerDelegate, @unchecked Sendable {
  var server: HTTPServer?
  var held: [String: ServerConnection] = [:]
  private var known: [ServerConnection] = []
  private let events: Journal<TestServer.Event>

  init(events: Journal<TestServer.Event>) { self.events = events }

  private func path(_ connection: ServerConnection) -> String { connection.head.string(connection.head.pathRange) }

  func headReceived(_ connection: ServerConnection) -> Bool { true }

  func requestReceived(_ connection: ServerConnection) {
    if !known.contains(where: { $0 === connection }) { known.append(connection) }
    let path = path(connection)
    held[path] = connection
    events.append(.request(path, connection: known.firstIndex { $0 === connection } ?? -1))
    switch path {
    case "/hello": connection.respond(200, body: Array("hello".utf8)) { _ in }
    case "/echo":
      let head = connection.head
      let field = head.headers.last { head.string($0.name).lowercased() == "x-test" }.map { head.string($0.value) }
      let text = "\(head.string(head.methodRange)) \(field ?? "none") "
      connection.respond(200, body: Array(text.utf8) + connection.takeBody()) { _ in }
    default: break
    }
  }

  func requestFailed(_ connection: ServerConnection, _ failure: ServerFailure) {
    connection.respond(400, body: []) { _ in }
  }

  func clientLeft(_ connection: ServerConnection) { events.append(.left(path(connection))) }

  func outputDrained(_ connection: ServerConnection) {}
}
