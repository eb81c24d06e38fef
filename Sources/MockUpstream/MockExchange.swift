import HTTPServer
import Reactor
import Time
import Wire

/// One request being answered: executes the reply's steps on the connection and keeps the record up to date.
final class MockExchange: TimerHandler {
  private let loop: EventLoop
  private let connection: ServerConnection
  private let recorder: Recorder
  private let number: Int
  private let reply: Reply
  private let gate: () -> Bool
  private var isGated = false
  private var script: StreamScript?
  private var timer = TimerID.none
  /// Set while a step waits for its timer, so that a drained output does not overtake it.
  private var isWaiting = false
  private let finished: () -> Void

  /// - Parameters:
  ///   - gate: whether one more event may pass.
  ///   - finished: called once, when the exchange needs its connection no more.
  init(
    loop: EventLoop, connection: ServerConnection, recorder: Recorder, number: Int, reply: Reply,
    gate: @escaping () -> Bool, finished: @escaping () -> Void
  ) {
    self.loop = loop
    self.connection = connection
    self.recorder = recorder
    self.number = number
    self.reply = reply
    self.gate = gate
    self.finished = finished
  }

  func start() {
    if reply.wait > .zero {
      wait(reply.wait)
    } else {
      sendHead()
    }
  }

  /// The waiting time of the head or of a step is over.
  func timerFired(_ tag: UInt64) {
    timer = .none
    isWaiting = false
    if isGated {
      isGated = false
      guard execute(.gate) else { return }
    }
    if script == nil { sendHead() } else { advance() }
  }

  /// The peer has caught up. The next turn goes on: going on here would never end for a peer that reads fast.
  func outputDrained() {
    guard script != nil, !isWaiting else { return }
    wait(.zero)
  }

  func peerLeft() {
    loop.cancel(timer)
    end(.peerLeft)
  }

  // MARK: - Head

  private func sendHead() {
    switch reply.body {
    case .nothing(let step):
      execute(step)
    case .bytes(let bytes):
      begin(length: bytes.count)
      write(bytes)
      execute(.end)
    case .broken(let bytes, let declared, let last):
      begin(length: declared)
      if !bytes.isEmpty { write(bytes) }
      execute(last)
    case .stream(let script, let length):
      begin(length: length)
      self.script = script
      advance()
    }
  }

  private func begin(length: Int?) {
    connection.begin(reply.status, length: length) { out in
      for field in reply.headers { ResponseHeadWriter.appendField(field.name, field.value, to: &out) }
    }
    recorder.update(number) { $0.status = self.reply.status }
  }

  // MARK: - Steps

  /// Runs steps until one has to wait, the peer reads too slowly, or the script is over.
  private func advance() {
    while !connection.isCongested, let step = script?.next(now: monotonicNanoseconds()) {
      guard execute(step) else { return }
    }
  }

  /// - Returns: whether the next step may follow at once.
  @discardableResult
  private func execute(_ step: Step) -> Bool {
    switch step {
    case .send(let bytes):
      write(bytes)
      return true
    case .wait(let time):
      wait(time)
    case .gate:
      if gate() { return true }
      isGated = true
      wait(.milliseconds(1))
    case .end:
      end(.finished)
      connection.finish()
    case .close:
      end(.closed)
      connection.cut()
    case .reset:
      end(.reset)
      connection.reset()
    case .hang:
      isWaiting = true
    }
    return false
  }

  private func write(_ bytes: [UInt8]) {
    connection.write(bytes)
    let now = monotonicNanoseconds()
    recorder.update(number) { record in
      record.bytesWritten += bytes.count
      record.writes += 1
      if record.firstWriteAt == nil { record.firstWriteAt = now }
    }
  }

  private func wait(_ time: Duration) {
    isWaiting = true
    // A timer of this very moment would fire in the same turn, and two writes of one turn become one.
    let deadline = loop.now + max(time, .nanoseconds(1))
    timer = loop.schedule(self, tag: 0, at: deadline)
  }

  private func end(_ end: Record.End) {
    let now = monotonicNanoseconds()
    recorder.update(number) { record in
      record.end = end
      record.endedAt = now
    }
    script = nil
    finished()
  }
}
