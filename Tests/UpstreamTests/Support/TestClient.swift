import Reactor
import TestSupport
import Testing
import Time

@testable import Upstream

/// Who makes the requests of an upstream client. Callers must not see a difference.
enum Engine: CaseIterable {
  /// The project's own HTTP/1.1.
  case direct
  case curl
}

/// An upstream client on a loop of its own, and a record of what its transfers report.
struct TestClient: Sendable {
  enum Event: Equatable {
    case head(SlotID, Int)
    case body(SlotID, [UInt8])
    case ended(SlotID, TransferEnd)
  }

  /// Who starts the transfers of a test that has only one at a time.
  static let owner = SlotID(index: 1, generation: 1)

  let events = Journal<Event>()
  private let test: TestLoop
  private let delegate: TestTransferDelegate

  /// - Parameter lookUp: finds the addresses of names, instead of the system's resolver.
  init(_ engine: Engine = .direct, lookUp: NameResolver.LookUp? = nil) throws {
    test = try TestLoop()
    let delegate = TestTransferDelegate(events: events)
    self.delegate = delegate
    test.run { loop in
      loop.resident = delegate
      let resolver = lookUp.map { NameResolver(loop: loop, lookUp: $0) } ?? NameResolver(loop: loop)
      delegate.client = UpstreamClient(
        loop: loop, delegate: delegate, resolver: resolver, mayBeDirect: engine == .direct)
    }
  }

  /// Timers that are armed on the client's loop.
  var timerCount: Int { test.run { $0.timerCount } }

  /// Connections without a request that are kept for the next one.
  var idleCount: Int { run { client, _ in client.direct.idleCount } }

  /// Runs `body` on the loop.
  @discardableResult
  func run<Result: Sendable>(_ body: @escaping @Sendable (UpstreamClient, TestTransferDelegate) -> Result) -> Result {
    let delegate = delegate
    return test.run { _ in
      guard let client = delegate.client else { fatalError("the client is made before anything runs") }
      return body(client, delegate)
    }
  }

  /// Starts a transfer, without any proxy.
  @discardableResult
  func start(
    _ port: UInt16, _ path: String = "/hello", method: String = "GET", headers: HeaderLines = HeaderLines(),
    body: [UInt8]? = nil, owner: SlotID = owner
  ) -> TransferID {
    start(Self.spec(port, path, method: method, headers: headers, body: body), owner: owner)
  }

  @discardableResult
  func start(_ spec: TransferSpec, owner: SlotID = owner) -> TransferID {
    run { client, _ in client.start(spec, owner: owner) }
  }

  static func spec(
    _ port: UInt16, _ path: String, method: String = "GET", headers: HeaderLines = HeaderLines(), body: [UInt8]? = nil,
    scheme: String = "http", host: String = "127.0.0.1", connectTimeout: Duration = .seconds(5), proxy: String = "",
    version: TransferSpec.HTTPVersion = .automatic
  ) -> TransferSpec {
    TransferSpec(
      method: method, origin: Origin(isTLS: scheme == "https", host: host, port: port, proxy: proxy), target: path,
      headers: headers, body: body, connectTimeout: connectTimeout, version: version)
  }

  /// Waits for the end of the owner's transfer.
  @discardableResult
  func end(of owner: SlotID = owner, sourceLocation: SourceLocation = #_sourceLocation) -> TransferEnd? {
    func found(_ events: [Event]) -> TransferEnd? {
      for case .ended(owner, let end) in events { return end }
      return nil
    }
    return found(events.wait(sourceLocation: sourceLocation, until: { found($0) != nil }))
  }

  /// The kind of failure that the owner's transfer ends with; nil when it is complete.
  func failure(of owner: SlotID = owner, sourceLocation: SourceLocation = #_sourceLocation) -> TransferFailure.Kind? {
    guard case .failed(let failure)? = end(of: owner, sourceLocation: sourceLocation) else { return nil }
    return failure.kind
  }

  /// All bytes of the owner's body so far.
  func body(of owner: SlotID = owner) -> [UInt8] {
    var body: [UInt8] = []
    for case .body(owner, let bytes) in events.all { body += bytes }
    return body
  }

  /// Waits until no transfer is under way.
  func waitUntilIdle(sourceLocation: SourceLocation = #_sourceLocation) {
    wait("transfers are still under way", sourceLocation: sourceLocation) {
      run { client, _ in client.transferCount } == 0
    }
  }

  /// Asks the loop again and again until a condition holds, for what nothing reports.
  func wait(_ complaint: Comment, sourceLocation: SourceLocation = #_sourceLocation, until condition: () -> Bool) {
    let deadline = Instant.now + .seconds(10)
    while !condition() {
      guard Instant.now < deadline else {
        Issue.record(complaint, sourceLocation: sourceLocation)
        return
      }
    }
  }
}

extension UpstreamClient {
  /// Whether a transfer of the own client waits for `resume`.
  func isPaused(_ id: TransferID) -> Bool {
    guard case .direct(let slot) = id else { return false }
    return direct.transfers[slot]?.connection?.isPaused == true
  }
}

/// Touched on the loop of its client only.
final class TestTransferDelegate: TransferDelegate, @unchecked Sendable {
  var client: UpstreamClient?
  /// The head that came last.
  var head = UpstreamHead()
  /// Called from inside the client, before the event is recorded.
  var onHead: (SlotID) -> Void = { _ in }
  /// - Returns: whether the bytes are taken.
  var onBody: (SlotID) -> Bool = { _ in true }
  var onEnd: (SlotID) -> Void = { _ in }
  private let events: Journal<TestClient.Event>

  init(events: Journal<TestClient.Event>) { self.events = events }

  func transferReceivedHead(_ owner: SlotID, _ head: UpstreamHead) {
    self.head = head
    onHead(owner)
    events.append(.head(owner, head.status))
  }

  func transferReceivedBody(_ owner: SlotID, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard onBody(owner) else { return false }
    events.append(.body(owner, Array(bytes)))
    return true
  }

  func transferEnded(_ owner: SlotID, _ end: TransferEnd) {
    onEnd(owner)
    events.append(.ended(owner, end))
  }
}
