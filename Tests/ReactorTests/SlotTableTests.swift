import TestSupport
import Testing

@testable import Reactor

struct SlotTableTests {
  @Test func `an entry is found by its id until it is removed`() {
    var table = SlotTable<String>()
    let a = table.insert("a")
    let b = table.insert("b")
    #expect(table[a] == "a" && table[b] == "b" && table.count == 2)
    #expect(table.remove(a) == "a")
    #expect(table[a] == nil && table[b] == "b" && table.count == 1)
    #expect(table.remove(a) == nil)
    #expect(table.count == 1)
  }

  @Test func `the next tenant of a slot has an id of its own`() {
    var table = SlotTable<Int>()
    let first = table.insert(1)
    table.remove(first)
    let second = table.insert(2)
    #expect(second.index == first.index)
    #expect(second != first)
    #expect(table[first] == nil && table[second] == 2)
    #expect(table.remove(first) == nil)
    #expect(table[second] == 2)
  }

  @Test func `no table knows the id none`() {
    var table = SlotTable<Int>()
    #expect(table[.none] == nil && table.remove(.none) == nil)
    let id = table.insert(1)
    #expect(id != .none)
    #expect(table[.none] == nil && table.remove(.none) == nil)
    #expect(table.count == 1)
  }

  @Test func `an id of another, larger table is no danger`() {
    var table = SlotTable<Int>()
    _ = table.insert(1)
    let foreign = SlotID(index: 0xffff_ffff, generation: 1)
    #expect(table[foreign] == nil && table.remove(foreign) == nil)
  }

  @Test func `an id survives its raw value`() {
    let id = SlotID(index: 70_000, generation: 9)
    #expect(SlotID(rawValue: id.rawValue) == id)
    #expect(id.index == 70_000 && id.generation == 9)
  }

  @Test func `a generation that wraps skips the one that stands for none`() {
    var table = SlotTable<Int>()
    table.remove(table.insert(1))
    table.slots[0].generation = .max
    let last = table.insert(2)
    #expect(last.generation == .max)
    table.remove(last)
    #expect(table.insert(3).generation == 1)
  }

  @Test func `every live entry is visited once, in the order of the slots`() {
    var table = SlotTable<Int>()
    let ids = (0..<6).map { table.insert($0) }
    table.remove(ids[1])
    table.remove(ids[4])
    var visited: [Int] = []
    table.forEach { id, element in
      #expect(id == ids[element])
      visited.append(element)
    }
    #expect(visited == [0, 2, 3, 5])
  }

  @Test(arguments: 0..<4)
  func `whatever the order of changes, it holds what a dictionary holds`(seed: Int) {
    var random = SeededRandom(seed: seed)
    var table = SlotTable<Int>()
    var model: [SlotID: Int] = [:]
    var live: [SlotID] = []
    var stale: [SlotID] = []
    for value in 0..<2000 {
      if live.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
        let id = table.insert(value)
        #expect(model.updateValue(value, forKey: id) == nil)
        live.append(id)
      } else {
        let id = live.remove(at: Int.random(in: live.indices, using: &random))
        #expect(table.remove(id) == model.removeValue(forKey: id))
        stale.append(id)
      }
    }
    #expect(table.count == model.count)
    #expect(model.allSatisfy { table[$0.key] == $0.value })
    #expect(stale.allSatisfy { table[$0] == nil })
  }
}
