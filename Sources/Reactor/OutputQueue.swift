import CLinux
import Glibc

/// Byte buffers that are out of use, kept for the next connection that has something to write.
///
/// A stream that waits for its next event holds no buffer at all; the buffers of one turn serve every connection.
package struct BufferPool {
  /// Buffers kept at the most.
  static let countMax = 128
  /// A buffer that has grown beyond this is given back to the allocator.
  static let capacityMax = 64 * 1024

  private var spare: [[UInt8]] = []

  /// An empty buffer.
  package mutating func take() -> [UInt8] { spare.popLast() ?? [] }

  /// Takes a buffer back.
  package mutating func give(_ buffer: consuming [UInt8]) {
    guard buffer.capacity > 0, buffer.capacity <= BufferPool.capacityMax, spare.count < BufferPool.countMax else {
      return
    }
    buffer.removeAll(keepingCapacity: true)
    spare.append(buffer)
  }
}

/// What a connection still has to write: small writes gathered in one buffer, large ones as they are.
///
/// The queue itself has no cap: whoever feeds it looks at `count` against its high-water mark and stops its source.
package struct OutputQueue {
  /// A write of at least this many bytes is queued as its own segment instead of being copied.
  static let ownSegmentBytes = 16 * 1024
  /// Segments per system call.
  static let segmentsPerWrite = 16

  private var segments: [[UInt8]] = []
  /// Bytes of the first segment that are already written.
  private var offset = 0
  /// Whether the last segment is a gathering buffer that may grow.
  private var lastIsOpen = false
  /// Bytes still to be written.
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// Gives `body` the buffer that gathers small writes.
  @inline(__always)
  package mutating func gather(_ pool: inout BufferPool, _ body: (inout [UInt8]) -> Void) {
    if !lastIsOpen {
      segments.append(pool.take())
      lastIsOpen = true
    }
    let last = segments.count - 1
    let before = segments[last].count
    body(&segments[last])
    count += segments[last].count - before
  }

  /// Queues `bytes`, copied.
  package mutating func append(_ bytes: UnsafeRawBufferPointer, _ pool: inout BufferPool) {
    gather(&pool) { $0.append(contentsOf: bytes) }
  }

  /// Queues `bytes`, without a copy when they are many.
  package mutating func append(_ bytes: consuming [UInt8], _ pool: inout BufferPool) {
    guard !bytes.isEmpty else { return }
    guard bytes.count >= OutputQueue.ownSegmentBytes else {
      let small = bytes
      return gather(&pool) { $0.append(contentsOf: small) }
    }
    count += bytes.count
    segments.append(bytes)
    lastIsOpen = false
  }

  /// Writes as much as the socket takes.
  ///
  /// - Returns: `bytes` with what was written (everything if `isEmpty` afterwards), `wouldBlock`, or the failure.
  package mutating func flush(_ descriptor: Int32, _ pool: inout BufferPool) -> IOResult {
    var total = 0
    while count > 0 {
      switch writeOnce(descriptor) {
      case .bytes(let written):
        total += written
        consume(written, &pool)
      case .wouldBlock:
        return total > 0 ? .bytes(total) : .wouldBlock
      case .failed(let code):
        return .failed(code)
      }
    }
    return .bytes(total)
  }

  /// Drops everything.
  package mutating func removeAll(_ pool: inout BufferPool) {
    giveBack(segments.count, &pool)
    segments.removeAll()
    offset = 0
    count = 0
    lastIsOpen = false
  }

  private func writeOnce(_ descriptor: Int32) -> IOResult {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: OutputQueue.segmentsPerWrite) { vector in
      var used = 0
      for segment in segments.prefix(OutputQueue.segmentsPerWrite) {
        // The arrays stay alive and unchanged in `segments` during the call.
        let skip = used == 0 ? offset : 0
        segment.withUnsafeBytes { bytes in
          let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + skip) }
          vector[used] = iovec(iov_base: start, iov_len: bytes.count - skip)
        }
        used += 1
      }
      guard let base = vector.baseAddress else { return .wouldBlock }
      return Syscalls.send(descriptor, base, used)
    }
  }

  private mutating func consume(_ written: Int, _ pool: inout BufferPool) {
    count -= written
    offset += written
    var done = 0
    while done < segments.count, offset >= segments[done].count {
      offset -= segments[done].count
      done += 1
    }
    guard done > 0 else { return }
    giveBack(done, &pool)
    segments.removeFirst(done)
    if segments.isEmpty { lastIsOpen = false }
  }

  /// Moves the first `count` segments into the pool: emptying a buffer that has two owners would copy it.
  private mutating func giveBack(_ count: Int, _ pool: inout BufferPool) {
    for index in 0..<count {
      var segment: [UInt8] = []
      swap(&segment, &segments[index])
      pool.give(consume segment)
    }
  }
}
