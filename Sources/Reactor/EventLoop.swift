import CLinux
import Dispatch
import Telemetry
import Time

/// Somebody who is told when a deadline passes.
package protocol TimerHandler: AnyObject {
  /// Called on the loop; `tag` is what the timer was armed with.
  func timerFired(_ tag: UInt64)
}

/// Somebody who has work to do once at the end of the current turn, such as writing what the turn has queued.
package protocol TurnHandler: AnyObject {
  func turnEnded()
}

/// One event loop: a serial dispatch queue that owns one epoll set, its timers, and everything that is registered here.
///
/// Dispatch sees a single descriptor per loop, a read source on the epoll descriptor. Its handler is one *turn* after
/// the other: fetch ready events, handle them (writes go out behind each), fire timers, end the turn.
/// While traffic is coming the handler stays and waits inside `epoll_wait`, so a busy loop pays neither a thread hop
/// nor a timer system call per turn; `docs/decisions/0001-one-epoll-set-per-loop.md` has the reasons.
///
/// Everything but `start` and `Mailbox.post` must be called on the loop itself. That is why `@unchecked Sendable` is
/// sound: no state is touched from two threads, and `assertOnLoop` traps in debug builds when it is tried.
package final class EventLoop: @unchecked Sendable {
  /// How long a loop without traffic keeps waiting itself before it leaves the waiting to Dispatch.
  static let lingerMilliseconds: Int64 = 100
  /// Rounds of work at the end of one turn. Who always finds more to do (a transfer whose upstream is faster than we
  /// are) must not keep the other connections and the timers waiting.
  static let roundsPerTurn = 4
  /// Timers fired in one turn: thousands of idle connections may have their end in the same moment.
  static let timersPerTurn = 64
  /// Bytes of the buffer into which every connection of this loop reads.
  package static let scratchBytes = 64 * 1024

  package let index: Int
  package let queue: DispatchQueue
  private let key = DispatchSpecificKey<Int>()
  private var poller: Poller
  private var timers = TimerHeap<(handler: any TimerHandler, tag: UInt64)>()
  private let timerDescriptor: Int32
  private var source: (any DispatchSourceRead)?
  private var eventHandlers: [any TurnHandler] = []
  private var turnHandlers: [any TurnHandler] = []
  private var turnHandlersSpare: [any TurnHandler] = []
  private var isStopped = false
  private var timerAcknowledger: TimerAcknowledger?

  /// The time at the start of the current turn.
  package private(set) var now: Instant = .now
  /// Shared read buffer: valid until the handler that fills it returns.
  package let scratch: UnsafeMutableRawBufferPointer
  /// Whatever lives on this loop and for as long as it does; kept, never looked at.
  package var resident: AnyObject?
  /// Empty output buffers for connections that have something to write.
  package var buffers = BufferPool()

  package init(index: Int) throws(SystemError) {
    self.index = index
    queue = DispatchQueue(label: "sluice.loop.\(index)")
    queue.setSpecific(key: key, value: index)
    poller = try Poller()
    timerDescriptor = try Syscalls.makeTimerDescriptor()
    scratch = .allocate(byteCount: EventLoop.scratchBytes, alignment: 64)
    let acknowledger = TimerAcknowledger(descriptor: timerDescriptor)
    timerAcknowledger = acknowledger
    _ = poller.add(timerDescriptor, .readable, acknowledger)
  }

  deinit {
    Syscalls.closeDescriptor(timerDescriptor)
    scratch.deallocate()
  }

  /// Runs `setUp` on the loop and starts taking events.
  package func start(_ setUp: @escaping @Sendable (EventLoop) -> Void) {
    queue.async { [self] in
      now = .now
      setUp(self)
      endTurn()
      let source = DispatchSource.makeReadSource(fileDescriptor: poller.descriptor, queue: queue)
      source.setEventHandler { [unowned self] in self.run() }
      self.source = source
      source.resume()
      run()
    }
  }

  /// Leaves the loop after the current turn; nothing is handled any more.
  package func stop() {
    assertOnLoop()
    isStopped = true
  }

  /// Traps in debug builds when the caller is not on this loop.
  @inline(always) package func assertOnLoop() {
    assert(DispatchQueue.getSpecific(key: key) == index, "called off the loop")
  }

  // MARK: - Descriptors

  package func register(_ descriptor: Int32, _ interest: Readiness, _ handler: any EventHandler) -> SlotID {
    poller.add(descriptor, interest, handler)
  }

  /// - Returns: false when the kernel no longer knows the registration, because the descriptor was closed meanwhile.
  @discardableResult
  package func change(_ id: SlotID, _ descriptor: Int32, _ interest: Readiness) -> Bool {
    poller.change(id, descriptor, interest)
  }

  /// Forgets a registration whose descriptor somebody else has closed already.
  package func forget(_ id: SlotID) { poller.forget(id) }

  /// Must come before the descriptor is closed.
  package func deregister(_ id: SlotID, _ descriptor: Int32) { poller.remove(id, descriptor) }

  // MARK: - Timers and turns

  /// Calls `handler` with `tag` once `deadline` has passed; at most a millisecond late.
  package func schedule(_ handler: any TimerHandler, tag: UInt64, at deadline: Instant) -> TimerID {
    timers.insert((handler, tag), at: deadline)
  }

  /// Disarms a timer; a stale id does nothing.
  package func cancel(_ id: TimerID) { timers.cancel(id) }

  /// How many timers are armed.
  package var timerCount: Int { timers.count }

  /// Calls `handler` when the current turn ends. The caller sees to it that it asks once per turn.
  package func atEndOfTurn(_ handler: any TurnHandler) { turnHandlers.append(handler) }

  /// Calls `handler` when what has happened is dealt with: behind the event that is being handled, or else at the end
  /// of the turn. For those who write: behind a batch of events the first would have waited for all the others.
  package func atEndOfEvent(_ handler: any TurnHandler) { eventHandlers.append(handler) }

  // MARK: - Turns

  private func run() {
    CrashReport.prepareThread()
    var lastTraffic = Instant.now
    while !isStopped {
      let count = poller.wait(milliseconds: waitMilliseconds(since: lastTraffic))
      now = .now
      for index in 0..<count {
        if let event = poller.event(index) { event.handler.ready(event.readiness) }
        endEvent()
      }
      let fired = fireTimers()
      endTurn()
      if count > 0 || fired || hasWork {
        lastTraffic = now
      } else if now - lastTraffic >= .milliseconds(EventLoop.lingerMilliseconds) {
        break
      }
    }
    guard !isStopped else {
      source?.cancel()
      source = nil
      return
    }
    armTimerDescriptor()
  }

  /// Until the next timer, but no longer than the rest of the linger.
  private func waitMilliseconds(since lastTraffic: Instant) -> Int32 {
    guard !hasWork else { return 0 }
    // By the time at the start of the turn: it is fresh enough, and asking again costs more than the rest of this.
    guard let next = timers.next else { return Int32(EventLoop.lingerMilliseconds) }
    let wait = next - now
    guard wait < .milliseconds(EventLoop.lingerMilliseconds) else { return Int32(EventLoop.lingerMilliseconds) }
    // To the next one: a wait that ends before its timer is due would be a wasted turn.
    return wait > .zero ? Int32(wait.wholeMilliseconds + 1) : 0
  }

  /// Whether the end of the turn has left something to do.
  private var hasWork: Bool { !turnHandlers.isEmpty || !eventHandlers.isEmpty }

  private func fireTimers() -> Bool {
    var fired = 0
    while fired < EventLoop.timersPerTurn, let due = timers.popDue(now) {
      due.handler.timerFired(due.tag)
      fired += 1
    }
    return fired > 0
  }

  private func endTurn() {
    // A handler may ask for another end of turn (a finished response lets the next pipelined request run).
    var rounds = 0
    while !turnHandlers.isEmpty || !eventHandlers.isEmpty, rounds < EventLoop.roundsPerTurn {
      rounds += 1
      endEvent()
      swap(&turnHandlers, &turnHandlersSpare)
      for handler in turnHandlersSpare { handler.turnEnded() }
      turnHandlersSpare.removeAll(keepingCapacity: true)
    }
  }

  private func endEvent() {
    // Nearly always one. Who asks again meanwhile has to wait for the next event, or for the end of the turn.
    let count = eventHandlers.count
    for index in 0..<count { eventHandlers[index].turnEnded() }
    eventHandlers.removeFirst(count)
  }

  private func armTimerDescriptor() {
    guard let next = timers.next else { return Syscalls.armTimer(timerDescriptor, nanoseconds: 0) }
    let (seconds, attoseconds) = max(.nanoseconds(1), next - Instant.now).components
    let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    Syscalls.armTimer(timerDescriptor, nanoseconds: max(1, nanoseconds))
  }
}

/// The timer descriptor only wakes the loop; the timers themselves are fired by the turn.
private final class TimerAcknowledger: EventHandler {
  let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  func ready(_ readiness: Readiness) { Syscalls.acknowledge(descriptor) }
}
