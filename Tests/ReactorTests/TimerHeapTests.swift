import TestSupport
import Testing
import Time

@testable import Reactor

struct TimerHeapTests {
  private let start = Instant.now

  private func at(_ milliseconds: Int) -> Instant { start + .milliseconds(milliseconds) }

  @Test func `timers come out in the order of their deadlines, and not before`() {
    var heap = TimerHeap<Int>()
    for deadline in [50, 10, 40, 20, 30] { _ = heap.insert(deadline, at: at(deadline)) }
    #expect(heap.next == at(10))
    #expect(heap.popDue(at(9)) == nil)
    #expect(heap.popDue(at(10)) == 10)
    #expect([40, 40, 40, 40].map { heap.popDue(at($0)) } == [20, 30, 40, nil])
    #expect(heap.count == 1 && heap.next == at(50))
  }

  @Test func `a cancelled timer leaves nothing behind`() {
    var heap = TimerHeap<Int>()
    let ids = (0..<100).map { heap.insert($0, at: at($0 * 7 % 100)) }
    for id in ids { heap.cancel(id) }
    #expect(heap.count == 0 && heap.next == nil)
    #expect(heap.popDue(at(1000)) == nil)
  }

  @Test func `a stale id cancels nobody`() {
    var heap = TimerHeap<Int>()
    let fired = heap.insert(1, at: at(1))
    #expect(heap.popDue(at(1)) == 1)
    _ = heap.insert(2, at: at(2))
    heap.cancel(fired)
    heap.cancel(.none)
    #expect(heap.popDue(at(2)) == 2)
  }

  /// Goal: the heap does what a sorted list would. Method: random insertions, cancellations and pops, compared after
  /// each; deadlines repeat often, and among equal ones any order will do.
  @Test(arguments: 0..<8)
  func `whatever the order of changes, it agrees with a plain list`(seed: Int) {
    var random = SeededRandom(seed: seed)
    var heap = TimerHeap<Int>()
    var model: [Int: (deadline: Int, id: TimerID)] = [:]
    for key in 0..<600 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let deadline = Int.random(in: 0..<200, using: &random)
        model[key] = (deadline, heap.insert(key, at: at(deadline)))
      case 5..<8:
        guard let victim = model.keys.sorted().randomElement(using: &random), let entry = model[victim] else { break }
        heap.cancel(entry.id)
        model[victim] = nil
      case 8..<10:
        let now = Int.random(in: 0..<200, using: &random)
        let earliest = model.values.map(\.deadline).min()
        let popped = heap.popDue(at(now))
        guard let popped else {
          #expect(earliest.map { $0 > now } ?? true)
          break
        }
        #expect(model[popped]?.deadline == earliest)
        #expect(earliest.map { $0 <= now } ?? false)
        model[popped] = nil
      default: break
      }
      #expect(heap.count == model.count)
      #expect(heap.next == model.values.map(\.deadline).min().map(at))
    }
  }
}
