import Dispatch
import Glibc
import Synchronization

/// Takes finished log lines from any thread and writes them to a descriptor from a queue of its own.
///
/// Never blocks the caller: a line is copied into a bounded queue, or, when that is full because nobody reads the
/// log, dropped and counted. Lines are written whole and in the order of their arrival.
package final class LogSink: Sendable {
  /// What the lock guards.
  private struct Pending {
    var bytes: [UInt8] = []
    /// Bytes that the queue has taken out and not yet written; they count against the cap.
    var bytesInFlight = 0
    var isDraining = false
    var linesDropped = 0
  }

  /// How long a line may wait for company.
  private static let gather = DispatchTimeInterval.milliseconds(20)

  private let descriptor: Int32
  private let bytesMax: Int
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "sluice.log", qos: .utility)

  /// - Parameters:
  ///   - descriptor: stays the caller's; it must outlive the sink. SIGPIPE must be ignored if it can be a pipe.
  ///   - bytesMax: cap of the queue.
  package init(descriptor: Int32, bytesMax: Int) {
    self.descriptor = descriptor
    self.bytesMax = bytesMax
  }

  /// Lines dropped so far, because the queue was full or the descriptor refused them.
  package var linesDropped: Int { pending.withLock { $0.linesDropped } }

  /// Queues a finished line.
  /// - Returns: false when it was dropped.
  @discardableResult
  package func write(_ line: LogLine) -> Bool {
    let (isQueued, mustWake) = pending.withLock { pending in
      guard pending.bytes.count + pending.bytesInFlight + line.count <= bytesMax else {
        pending.linesDropped += 1
        return (false, false)
      }
      line.withBytes { pending.bytes.append(contentsOf: $0) }
      defer { pending.isDraining = true }
      return (true, !pending.isDraining)
    }
    // A moment's wait gathers the lines of many requests into one write and one wake-up.
    if mustWake { queue.asyncAfter(deadline: .now() + LogSink.gather) { self.drain() } }
    return isQueued
  }

  /// Waits until everything queued before is written, for the end of the process.
  /// - Returns: false when that took longer than `timeout`, because nobody reads the log.
  @discardableResult
  package func flush(timeout: Duration = .seconds(2)) -> Bool {
    let done = DispatchSemaphore(value: 0)
    queue.async {
      self.drain()
      done.signal()
    }
    let (seconds, attoseconds) = timeout.components
    let deadline = DispatchTime.now() + .seconds(Int(seconds)) + .nanoseconds(Int(attoseconds / 1_000_000_000))
    return done.wait(timeout: deadline) == .success
  }

  /// Writes until nothing is left. On the queue only.
  private func drain() {
    while true {
      let batch = pending.withLock { pending in
        let batch = pending.bytes
        pending.bytes = []
        pending.bytesInFlight = batch.count
        pending.isDraining = !batch.isEmpty
        return batch
      }
      guard !batch.isEmpty else { return }
      let written = writeAll(batch)
      let lost = batch[written...].count { $0 == UInt8(ascii: "\n") }
      pending.withLock { pending in
        pending.bytesInFlight = 0
        pending.linesDropped += lost
      }
    }
  }

  /// - Returns: the bytes written; fewer than given only when the descriptor is broken.
  private func writeAll(_ batch: [UInt8]) -> Int {
    batch.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count > 0 {
          written += count
        } else if count < 0, errno == EAGAIN {
          // A terminal or pipe shared with a program that made it non-blocking: wait here, where nobody else waits.
          var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = Glibc.poll(&writable, 1, -1)
        } else if count == 0 || errno != EINTR {
          break
        }
      }
      return written
    }
  }
}
