import Policy
@testable import Store
import TestSupport
import Testing

struct EventTests {
  private let store: StateStore

  init() throws { store = try StateStore(.memory()) }

  private func events(_ numbers: ClosedRange<Int>) -> EventPiece {
    EventPiece(sequence: numbers, bytes: numbers.flatMap { Array("event: e\ndata: \($0)\n\n".utf8) })
  }

  private func page(_ after: Int) throws -> EventPage {
    try ask { store.events(of: "resp_1", after: after, owner: .ann, then: $0) }
  }

  @Test(arguments: -1...9)
  func `events are replayed from any number on`(after: Int) throws {
    try store.keep(.sample("resp_1", .inProgress, isBackground: true), events: events(0...1))
    try ask { store.append(events(2...2), to: "resp_1", owner: .ann, then: $0) }
    try ask { store.append(events(3...6), to: "resp_1", owner: .ann, then: $0) }
    let object = StoredResponse.object("resp_1", .completed, "")
    try ask {
      store.update("resp_1", status: .completed, object: object, events: events(7...7), owner: .ann, then: $0)
    }
    let expected = after < 7 ? events(after + 1...7).bytes : []
    #expect(
      try page(after) == EventPage(bytes: expected, last: max(after, 7), hasMore: false, status: .completed))
  }

  @Test func `a long log comes in pages`() throws {
    let long = Array("data: \(String(repeating: "x", count: Limits.eventPageBytes * 3 / 4))\n\n".utf8)
    try store.keep(.sample("resp_1", .inProgress, isBackground: true))
    for number in 0..<5 {
      let piece = EventPiece(sequence: number...number, bytes: long)
      try ask { store.append(piece, to: "resp_1", owner: .ann, then: $0) }
    }
    let first = try page(-1)
    #expect(first == EventPage(bytes: long + long, last: 1, hasMore: true, status: .inProgress))
    #expect(try page(first.last).last == 3)
    #expect(try page(3) == EventPage(bytes: long, last: 4, hasMore: false, status: .inProgress))
  }

  @Test func `a response without events has an empty log`() throws {
    try store.keep(.sample("resp_1"))
    #expect(try page(-1) == EventPage(bytes: [], last: -1, hasMore: false, status: .completed))
  }
}
