import Time

/// Names one armed timer.
package struct TimerID: Hashable, Sendable {
  let slot: SlotID

  /// An id that is never armed.
  package static let none = TimerID(slot: .none)
}

/// Deadlines in order: a binary heap whose entries know their place, so that cancelling costs O(log n) and leaves
/// nothing behind. Most timers here are cancelled, not fired.
struct TimerHeap<Payload> {

  private var entries = SlotTable<EntryBox>()
  private var heap: [(deadline: Instant, slot: SlotID)] = []

  /// A class, because a table entry is changed in place each time the heap moves it.
  final class EntryBox {
    var position: Int
    let payload: Payload

    init(position: Int, payload: Payload) {
      self.position = position
      self.payload = payload
    }
  }

  var count: Int { heap.count }

  /// The earliest deadline.
  var next: Instant? { heap.first?.deadline }

  mutating func insert(_ payload: Payload, at deadline: Instant) -> TimerID {
    let slot = entries.insert(EntryBox(position: heap.count, payload: payload))
    heap.append((deadline, slot))
    siftUp(heap.count - 1)
    return TimerID(slot: slot)
  }

  /// Takes the timer out; a stale id does nothing.
  mutating func cancel(_ id: TimerID) {
    guard let box = entries.remove(id.slot) else { return }
    removeFromHeap(at: box.position)
  }

  /// Takes out the earliest timer if it is due.
  mutating func popDue(_ now: Instant) -> Payload? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    let box = entries.remove(first.slot)
    removeFromHeap(at: 0)
    return box?.payload
  }

  private mutating func removeFromHeap(at position: Int) {
    let last = heap.count - 1
    if position != last {
      place(heap[last], at: position)
      heap.removeLast()
      siftDown(position)
      siftUp(position)
    } else {
      heap.removeLast()
    }
  }

  private mutating func place(_ item: (deadline: Instant, slot: SlotID), at position: Int) {
    heap[position] = item
    entries[item.slot]?.position = position
  }

  private mutating func siftUp(_ start: Int) {
    var position = start
    let item = heap[position]
    while position > 0 {
      let parent = (position - 1) / 2
      guard item.deadline < heap[parent].deadline else { break }
      place(heap[parent], at: position)
      position = parent
    }
    place(item, at: position)
  }

  private mutating func siftDown(_ start: Int) {
    var position = start
    let item = heap[position]
    while true {
      var child = 2 * position + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
      guard heap[child].deadline < item.deadline else { break }
      place(heap[child], at: position)
      position = child
    }
    place(item, at: position)
  }
}
