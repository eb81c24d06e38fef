import Config
import Policy
import Reactor
import Time
import Upstream

/// Asks one upstream at an interval whether it is well, where that is configured, and tells the `HealthBoard`.
///
/// Requests alone notice a broken target soon enough while there are any, and a recovered one when they probe it.
/// Checks add what requests cannot: a server that is down at night is known to be down in the morning. Only the first
/// loop checks; every loop knows.
final class HealthProbe: LoopTask {
  /// Checks in a row that have to fail, so that one lost packet changes nothing.
  static let failuresToBreak = 2

  private unowned let gateway: GatewayLoop
  private let snapshot: Snapshot
  private let index: Int
  private let check: HealthCheck
  private var slot = SlotID.none
  private var timer = TimerID.none
  private var transfer = TransferID.none
  private var failures = 0

  private init(_ gateway: GatewayLoop, upstream index: Int, _ check: HealthCheck) {
    self.gateway = gateway
    snapshot = gateway.snapshot
    self.index = index
    self.check = check
  }

  /// The checks of the loop's configuration, started.
  static func startAll(_ gateway: GatewayLoop) -> [HealthProbe] {
    guard gateway.loop.index == 0 else { return [] }
    return gateway.snapshot.configuration.upstreams.enumerated().compactMap { index, upstream in
      guard let check = upstream.healthCheck, upstream.http != nil else { return nil }
      let probe = HealthProbe(gateway, upstream: index, check)
      probe.slot = gateway.tasks.insert(probe)
      probe.ask()
      return probe
    }
  }

  /// Ends it without a trace.
  func stop() {
    gateway.loop.cancel(timer)
    if transfer != .none { gateway.client.cancel(transfer) }
    gateway.tasks.remove(slot)
  }

  private func ask() {
    guard let access = snapshot.accesses[index] else { return }
    var headers = HeaderLines()
    access.addOwn(to: &headers, credentials: HeaderLines(), id: gateway.makeID())
    let spec = TransferSpec(
      method: "GET", origin: access.origin, target: check.path, headers: headers, body: nil,
      connectTimeout: check.timeout, version: access.version(mayPause: false))
    transfer = gateway.client.start(spec, owner: slot)
    schedule(after: check.timeout)
  }

  private func schedule(after wait: Duration) {
    gateway.loop.cancel(timer)
    timer = gateway.loop.schedule(gateway, tag: slot.rawValue, at: gateway.loop.now + wait)
  }

  func headReceived(_ head: UpstreamHead) { answered(isWell: head.status < 400) }

  func bodyReceived(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

  func transferEnded(_ end: TransferEnd) {
    guard transfer != .none else { return }
    transfer = .none
    answered(isWell: false)
  }

  func timerFired() {
    if transfer == .none { ask() } else { answered(isWell: false) }
  }

  func clientLeft() {}

  private func answered(isWell: Bool) {
    if transfer != .none { isWell ? gateway.client.detach(transfer) : gateway.client.cancel(transfer) }
    transfer = .none
    failures = isWell ? 0 : failures + 1
    if isWell || failures >= HealthProbe.failuresToBreak {
      let name = snapshot.configuration.upstreams[index].name
      gateway.process.board.withTable { $0.checked(upstream: name, isWell: isWell, now: gateway.loop.now) }
    }
    schedule(after: check.interval)
  }
}
