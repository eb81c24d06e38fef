/// Names an entry of a `SlotTable`: which slot, and which tenant of that slot.
///
/// The only kind of handle that crosses a callback: an id that outlives its entry is recognised and ignored.
public struct SlotID: Hashable, Sendable {
  /// Low half: index; high half: generation, never 0.
  public let rawValue: UInt64

  /// From the raw value of another one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Names a slot and its tenant.
  @inlinable public init(index: Int, generation: UInt32) {
    rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
  }

  /// Which slot.
  @inlinable public var index: Int { Int(rawValue & 0xffff_ffff) }
  /// Which tenant of the slot.
  @inlinable public var generation: UInt32 { UInt32(rawValue >> 32) }

  /// An id that no table ever hands out.
  public static let none = SlotID(rawValue: 0)
}

/// A table of live objects with stable ids; constant-time insert, look-up and removal, no hashing.
public struct SlotTable<Element> {
  @usableFromInline struct Slot {
    @usableFromInline var generation: UInt32
    @usableFromInline var element: Element?

    @usableFromInline init(generation: UInt32, element: Element?) {
      self.generation = generation
      self.element = element
    }
  }

  @usableFromInline var slots: [Slot] = []
  @usableFromInline var free: [Int] = []

  /// An empty table.
  public init() {}

  /// How many entries are live.
  public var count: Int { slots.count - free.count }

  /// Adds an entry.
  @inlinable public mutating func insert(_ element: Element) -> SlotID {
    if let index = free.popLast() {
      slots[index].element = element
      return SlotID(index: index, generation: slots[index].generation)
    }
    slots.append(Slot(generation: 1, element: element))
    return SlotID(index: slots.count - 1, generation: 1)
  }

  /// The entry, `nil` when it is gone.
  @inlinable public subscript(id: SlotID) -> Element? {
    // Not left to the optimiser: a call across modules would look the table's type up each time.
    @inline(__always) get {
      let index = id.index
      guard index < slots.count, slots[index].generation == id.generation else { return nil }
      return slots[index].element
    }
  }

  /// Takes the entry out; its id is stale from now on.
  @inlinable @discardableResult public mutating func remove(_ id: SlotID) -> Element? {
    let index = id.index
    guard index < slots.count, slots[index].generation == id.generation, let element = slots[index].element else {
      return nil
    }
    slots[index].element = nil
    // Generation 0 is `none`'s; a slot that wraps skips it.
    slots[index].generation = slots[index].generation == .max ? 1 : slots[index].generation + 1
    free.append(index)
    return element
  }

  /// How many slots there are, free ones included.
  package var slotCount: Int { slots.count }

  /// Every live entry, in slot order.
  package func forEach(_ body: (SlotID, Element) -> Void) { forEach(in: slots.indices, body) }

  /// Every live entry of some of the slots, in slot order.
  package func forEach(in range: Range<Int>, _ body: (SlotID, Element) -> Void) {
    for index in range {
      let slot = slots[index]
      if let element = slot.element { body(SlotID(index: index, generation: slot.generation), element) }
    }
  }
}
