import TestSupport
import Testing

@testable import Reactor

struct OutputQueueTests {
  private func append(_ bytes: [UInt8], to queue: inout OutputQueue, _ pool: inout BufferPool) {
    bytes.withUnsafeBytes { queue.append($0, &pool) }
  }

  @Test func `small writes leave together, in order`() {
    let pair = SocketPair()
    defer { pair.closeBoth() }
    var (queue, pool) = (OutputQueue(), BufferPool())
    append([1, 2], to: &queue, &pool)
    queue.gather(&pool) { $0 += [3] }
    queue.append([4, 5] as [UInt8], &pool)
    queue.append([] as [UInt8], &pool)
    #expect(queue.count == 5 && !queue.isEmpty)
    #expect(queue.flush(pair.near, &pool) == .bytes(5))
    #expect(queue.count == 0 && queue.isEmpty)
    #expect(pair.drain() == [1, 2, 3, 4, 5])
  }

  @Test func `an empty queue has nothing to write`() {
    let pair = SocketPair()
    defer { pair.closeBoth() }
    var (queue, pool) = (OutputQueue(), BufferPool())
    #expect(queue.flush(pair.near, &pool) == .bytes(0))
    queue.gather(&pool) { _ in }
    #expect(queue.isEmpty)
    #expect(queue.flush(pair.near, &pool) == .bytes(0))
    #expect(pair.drain().isEmpty)
  }

  @Test func `bytes can be taken out instead, in order and piece by piece`() {
    var (queue, pool) = (OutputQueue(), BufferPool())
    let large = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
    append([1, 2, 3], to: &queue, &pool)
    queue.append(large, &pool)
    append([4], to: &queue, &pool)
    var taken: [UInt8] = []
    while !queue.isEmpty {
      queue.take(&pool) { bytes in
        taken += bytes.prefix(7000)
        return min(7000, bytes.count)
      }
    }
    #expect(taken == [1, 2, 3] + large + [4])
    queue.take(&pool) { _ in 1 }
    #expect(queue.count == 0)
  }

  /// Goal: bytes arrive once and in order, however little the socket takes. Method: a small send buffer, random
  /// writes of all sizes on both sides of `ownSegmentBytes`, random reads in between.
  @Test(arguments: 0..<4)
  func `partial writes lose and repeat nothing`(seed: Int) {
    let pair = SocketPair(bufferBytes: 4096)
    defer { pair.closeBoth() }
    var random = SeededRandom(seed: seed)
    var (queue, pool) = (OutputQueue(), BufferPool())
    var (sent, received) = ([UInt8](), [UInt8]())
    var blocked = 0
    for _ in 0..<80 {
      let isLarge = Int.random(in: 0..<6, using: &random) == 0
      let size = Int.random(in: isLarge ? 16_000...40_000 : 0...600, using: &random)
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: sent.count + $0 + $0 >> 8) }
      if Bool.random(using: &random) { queue.append(bytes, &pool) } else { append(bytes, to: &queue, &pool) }
      sent += bytes
      if queue.flush(pair.near, &pool) == .wouldBlock { blocked += 1 }
      received += pair.drain(Int.random(in: 1...30_000, using: &random))
      #expect(queue.count <= sent.count - received.count)
    }
    while received.count < sent.count {
      let more = pair.drain()
      #expect(!more.isEmpty || !queue.isEmpty)
      guard !more.isEmpty || !queue.isEmpty else { break }
      received += more
      _ = queue.flush(pair.near, &pool)
    }
    #expect(received == sent)
    #expect(queue.isEmpty)
    #expect(blocked > 0, "the socket was never full, so nothing was tested")
  }

  @Test func `more segments than one call takes all leave in one flush`() {
    let pair = SocketPair(bufferBytes: 4 << 20)
    defer { pair.closeBoth() }
    var (queue, pool) = (OutputQueue(), BufferPool())
    let count = OutputQueue.segmentsPerWrite * 2 + 3
    var sent: [UInt8] = []
    var received: [UInt8] = []
    for index in 0..<count {
      let segment = [UInt8](repeating: UInt8(index), count: OutputQueue.ownSegmentBytes)
      queue.append(segment, &pool)
      sent += segment
    }
    while !queue.isEmpty {
      guard case .bytes = queue.flush(pair.near, &pool) else { break }
      received += pair.drain()
    }
    received += pair.drain()
    #expect(received == sent)
  }

  @Test func `a full socket would block, and a closed one fails`() {
    let pair = SocketPair(bufferBytes: 4096)
    var (queue, pool) = (OutputQueue(), BufferPool())
    queue.append([UInt8](repeating: 7, count: 1 << 20), &pool)
    guard case .bytes(let first) = queue.flush(pair.near, &pool) else {
      Issue.record("nothing fitted at all")
      return
    }
    #expect(first > 0 && queue.count == 1 << 20 - first)
    #expect(queue.flush(pair.near, &pool) == .wouldBlock)
    Syscalls.closeDescriptor(pair.far)
    guard case .failed = queue.flush(pair.near, &pool) else {
      Issue.record("writing to nobody did not fail")
      return
    }
    Syscalls.closeDescriptor(pair.near)
  }

  @Test func `a queue that is emptied forgets what was half written`() {
    let pair = SocketPair(bufferBytes: 4096)
    defer { pair.closeBoth() }
    var (queue, pool) = (OutputQueue(), BufferPool())
    queue.append([UInt8](repeating: 7, count: 1 << 20), &pool)
    _ = queue.flush(pair.near, &pool)
    queue.removeAll(&pool)
    #expect(queue.isEmpty)
    while !pair.drain().isEmpty {}
    append([1, 2, 3], to: &queue, &pool)
    #expect(queue.flush(pair.near, &pool) == .bytes(3))
    #expect(pair.drain() == [1, 2, 3])
  }

  @Test func `a buffer that has been written serves the next writer`() {
    let pair = SocketPair()
    defer { pair.closeBoth() }
    var (queue, pool) = (OutputQueue(), BufferPool())
    func address() -> UInt? {
      var address: UInt?
      queue.gather(&pool) { buffer in
        buffer.append(1)
        address = buffer.withUnsafeBytes { $0.baseAddress.map { UInt(bitPattern: $0) } }
      }
      return address
    }
    let first = address()
    #expect(queue.flush(pair.near, &pool) == .bytes(1))
    #expect(address() == first, "relaying an event allocates nothing")
  }
}
