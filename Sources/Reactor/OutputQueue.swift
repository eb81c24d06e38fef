import CLinux
import Glibc

/// Byte buffers that are out of use, kept for the next connection that has something to write.
///
/// A stream that waits for its next event holds no buffer at all; the buffers of one turn serve every connection.
package struct BufferPool {
  /// Buffers kept at the most, the one at hand aside.
  static let countMax = 128
  /// A buffer that has grown beyond this is given back to the allocator.
  static let capacityMax = 64 * 1024

  /// The buffer given back last: mostly the only one in use.
  private var atHand: [UInt8] = []
  private var spare: [[UInt8]] = []

  package init() {}

  /// An empty buffer.
  package mutating func take() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &atHand)
    return taken.capacity > 0 ? taken : spare.popLast() ?? taken
  }

  /// Takes a buffer back and leaves an empty one without memory.
  package mutating func give(_ buffer: inout [UInt8]) {
    guard buffer.capacity > 0, buffer.capacity <= BufferPool.capacityMax else {
      buffer = []
      return
    }
    buffer.removeAll(keepingCapacity: true)
    swap(&buffer, &atHand)
    guard buffer.capacity > 0 else { return }
    if spare.count < BufferPool.countMax { spare.append(buffer) }
    buffer = []
  }
}

/// What a connection still has to write: small writes gathered in one buffer, large ones as they are.
///
/// The queue itself has no cap: whoever feeds it looks at `count` against its high-water mark and stops its source.
public struct OutputQueue {
  /// A write of at least this many bytes is queued as its own segment instead of being copied.
  static let ownSegmentBytes = 16 * 1024
  /// Segments per system call.
  static let segmentsPerWrite = 16

  /// What comes before `gathered`.
  private var segments: [[UInt8]] = []
  /// Small writes; nearly always all there is.
  private var gathered: [UInt8] = []
  /// Bytes of the first segment, or of `gathered` where there is none, that are already written.
  private var offset = 0
  /// Bytes still to be written.
  public private(set) var count = 0

  package init() {}

  /// Inlinable: a call would hold on to the queue's buffers meanwhile.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// Gives `body` the buffer that gathers small writes.
  @inline(__always)
  package mutating func gather(_ pool: inout BufferPool, _ body: (inout [UInt8]) -> Void) {
    if gathered.capacity == 0 { gathered = pool.take() }
    let before = gathered.count
    body(&gathered)
    count += gathered.count - before
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
    if !gathered.isEmpty {
      var segment: [UInt8] = []
      swap(&segment, &gathered)
      segments.append(segment)
    }
    count += bytes.count
    segments.append(bytes)
  }

  /// Writes as much as the socket takes.
  ///
  /// - Returns: `bytes` with what was written (everything if `isEmpty` afterwards), `wouldBlock`, or the failure.
  package mutating func flush(_ descriptor: Int32, _ pool: inout BufferPool) -> IOResult {
    var total = 0
    while count > 0 {
      let result = segments.isEmpty ? writeGathered(descriptor) : writeSegments(descriptor)
      switch result {
      case .bytes(let written):
        total += written
        went(written, &pool)
      case .wouldBlock:
        return total > 0 ? .bytes(total) : .wouldBlock
      case .failed(let code):
        return .failed(code)
      }
    }
    return .bytes(total)
  }

  /// Takes the oldest bytes out instead of writing them.
  ///
  /// - Parameter body: gets at least one byte and returns how many it has taken.
  package mutating func take(_ pool: inout BufferPool, _ body: (UnsafeRawBufferPointer) -> Int) {
    guard count > 0 else { return }
    let bytes: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer = { [offset] in
      UnsafeRawBufferPointer(rebasing: $0[offset...])
    }
    let taken =
      segments.isEmpty ? gathered.withUnsafeBytes { body(bytes($0)) } : segments[0].withUnsafeBytes { body(bytes($0)) }
    went(taken, &pool)
  }

  /// So many of the oldest bytes have been written.
  private mutating func went(_ written: Int, _ pool: inout BufferPool) {
    count -= written
    offset += written
    if count == 0 {
      releaseAll(&pool)
    } else {
      dropWritten()
    }
  }

  /// Drops everything.
  package mutating func removeAll(_ pool: inout BufferPool) {
    releaseAll(&pool)
    count = 0
  }

  private func writeGathered(_ descriptor: Int32) -> IOResult {
    gathered.withUnsafeBytes { Syscalls.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[offset...])) }
  }

  private func writeSegments(_ descriptor: Int32) -> IOResult {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: OutputQueue.segmentsPerWrite) { vector in
      var used = 0
      func add(_ segment: [UInt8]) {
        // The arrays stay alive and unchanged in the queue during the call.
        let skip = used == 0 ? offset : 0
        segment.withUnsafeBytes { bytes in
          let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + skip) }
          vector[used] = iovec(iov_base: start, iov_len: bytes.count - skip)
        }
        used += 1
      }
      for segment in segments.prefix(OutputQueue.segmentsPerWrite) { add(segment) }
      if used < OutputQueue.segmentsPerWrite, !gathered.isEmpty { add(gathered) }
      guard let base = vector.baseAddress else { return .wouldBlock }
      return Syscalls.send(descriptor, base, used)
    }
  }

  /// Segments are let go of and not pooled: whoever queued them may still hold them, and emptying a shared one copies
  /// it.
  private mutating func dropWritten() {
    var done = 0
    while done < segments.count, offset >= segments[done].count {
      offset -= segments[done].count
      done += 1
    }
    segments.removeFirst(done)
  }

  private mutating func releaseAll(_ pool: inout BufferPool) {
    offset = 0
    pool.give(&gathered)
    segments.removeAll()
  }
}
