import Reactor
import TestSupport
import Testing

@testable import Upstream

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

  init() throws {
    test = try TestLoop()
    let delegate = TestTransferDelegate(events: events)
    self.delegate = delegate
    test.run { loop in
      loop.resident = delegate
      delegate.client = UpstreamClient(loop: loop, delegate: delegate)
    }
  }

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
    run { client, _ in
      client.start(Self.spec(port, path, method: method, headers: headers, body: body), owner: owner)
    }
  }

  static func spec(
    _ port: UInt16, _ path: String, method: String = "GET", headers: HeaderLines = HeaderLines(), body: [UInt8]? = nil,
    scheme: String = "http"
  ) -> TransferSpec {
    TransferSpec(
      method: method, origin: Origin(isTLS: scheme == "https", host: "127.0.0.1", port: port, proxy: ""), target: path,
      headers: headers, body: body,
      connectTimeout: .seconds(5))
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
    let deadline = ContinuousClock.now + .seconds(10)
    while run({ client, _ in client.transferCount }) > 0 {
      guard ContinuousClock.now < deadline else {
        Issue.record("transfers are still under way", sourceLocation: sourceLocation)
        return
      }
    }
  }
}

/// Touched on the loop of its client only.
final class TestTransferDelegate: TransferDelegate, @unchecked Sendable {
  var client: UpstreamClient?
  /// The head that came last.
  var head = UpstreamHead()
  /// Called from inside libcurl, before the event is recorded.
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
