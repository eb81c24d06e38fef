import Reactor
import TestSupport
import Testing
import Time
import Wire

@testable import HTTPServer

/// A server on a port of its own whose answers a test gives, now or later.
///
/// `/hello` and `/large` are answered at once, `/echo` with the request's body, `/refuse` as soon as its head is there.
/// Every other request waits for what the test does in `answer`.
struct TestServer: Sendable {
  /// What the server asked of its delegate.
  enum Event: Equatable {
    case head(String)
    case request(String, bodyBytes: Int)
    case failed(ServerFailure)
    case left(String)
    case drained(String)
  }

  let port: UInt16
  let events = Journal<Event>()
  private let test: TestLoop
  private let delegate: TestDelegate

  init(_ options: ServerOptions = ServerOptions()) throws {
    let listening = try Syscalls.listen(host: "127.0.0.1", port: 0, backlog: 64)
    port = Syscalls.localPort(listening)
    test = try TestLoop()
    let delegate = TestDelegate(events: events)
    self.delegate = delegate
    test.run { loop in
      // Connections may outlast the test by a turn.
      loop.resident = delegate
      delegate.server = HTTPServer(loop: loop, listening: listening, options: options, delegate: delegate)
    }
  }

  /// Runs `body` on the loop.
  @discardableResult
  func run<Result: Sendable>(_ body: @escaping @Sendable (HTTPServer) -> Result) -> Result {
    let delegate = delegate
    return test.run { _ in
      guard let server = delegate.server else { fatalError("the server is made before anything runs") }
      return body(server)
    }
  }

  /// Waits until the request for `path` has come, then runs `body` on the loop with its connection.
  @discardableResult
  func answer<Result: Sendable>(
    _ path: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (ServerConnection) -> Result
  ) -> Result? {
    events.wait(sourceLocation: sourceLocation) { $0.contains { Self.isRequest($0, path) } }
    let delegate = delegate
    return test.run { _ in delegate.held[path].map(body) }
  }

  /// Waits until what `value` reads on the loop meets `condition`.
  func wait<Value: Sendable>(
    for value: @escaping @Sendable (HTTPServer) -> Value, sourceLocation: SourceLocation = #_sourceLocation,
    until condition: (Value) -> Bool
  ) {
    let deadline = Instant.now + .seconds(10)
    while !condition(run(value)) {
      guard Instant.now < deadline else {
        Issue.record("waited in vain, with \(run(value))", sourceLocation: sourceLocation)
        return
      }
    }
  }

  private static func isRequest(_ event: Event, _ path: String) -> Bool {
    if case .request(path, _) = event { true } else { false }
  }
}

/// Touched on the loop of its server only.
final class TestDelegate: ServerDelegate, @unchecked Sendable {
  static let largeBytes = 8 << 10

  var server: HTTPServer?
  /// The last connection on which each path was asked for.
  var held: [String: ServerConnection] = [:]
  private let events: Journal<TestServer.Event>

  init(events: Journal<TestServer.Event>) { self.events = events }

  private func path(_ connection: ServerConnection) -> String {
    connection.head.string(connection.head.pathRange)
  }

  func headReceived(_ connection: ServerConnection) -> Bool {
    let path = path(connection)
    events.append(.head(path))
    if path == "/short" { connection.bodyBytesWanted = 4 }
    guard path == "/refuse" else { return true }
    connection.respond(401, body: Array("refused".utf8)) { _ in }
    return false
  }

  func requestReceived(_ connection: ServerConnection) {
    let path = path(connection)
    held[path] = connection
    events.append(.request(path, bodyBytes: connection.body.count))
    switch path {
    case "/hello": connection.respond(200, body: Array("hello".utf8)) { _ in }
    case "/large": connection.respond(200, body: [UInt8](repeating: 97, count: TestDelegate.largeBytes)) { _ in }
    case "/echo": connection.respond(200, body: connection.takeBody()) { _ in }
    default: break
    }
  }

  func requestFailed(_ connection: ServerConnection, _ failure: ServerFailure) {
    events.append(.failed(failure))
    let status =
      switch failure {
      case .malformed(let why): why.status
      case .incomplete, .needsTLS: 400
      case .bodyUnwanted: 413
      case .timedOut: 408
      case .overloaded, .crowded: 503
      }
    connection.respond(status, body: Array("failed".utf8)) { _ in }
  }

  func clientLeft(_ connection: ServerConnection) { events.append(.left(path(connection))) }

  func outputDrained(_ connection: ServerConnection) { events.append(.drained(path(connection))) }
}
