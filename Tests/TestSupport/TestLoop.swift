import Dispatch
import Reactor
import Testing

/// A running event loop and a way to call onto it.
///
/// It lives as long as the process, like the loops of the product: Dispatch must not be left with a closed descriptor.
package struct TestLoop: Sendable {
  package let loop: EventLoop
  private let calls: Mailbox<@Sendable () -> Void>

  package init() throws {
    let loop = try EventLoop(index: 0)
    let calls = try Mailbox<@Sendable () -> Void>(capacity: 64)
    self.loop = loop
    self.calls = calls
    _ = Unmanaged.passRetained(loop)
    loop.start { calls.attach(to: $0) { $0() } }
  }

  /// Runs `body` within a turn of the loop, and waits for what it returns.
  @discardableResult
  package func run<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) -> Result) -> Result {
    let results = Journal<Result>()
    let loop = loop
    precondition(calls.post { results.append(body(loop)) }, "a test leaves few messages")
    return results.wait { !$0.isEmpty }[0]
  }

  /// Waits until the loop has had no traffic for so long that it left the waiting to Dispatch.
  package func waitUntilAsleep() {
    let asleep = DispatchSemaphore(value: 0)
    loop.queue.async { asleep.signal() }
    asleep.wait()
  }
}
