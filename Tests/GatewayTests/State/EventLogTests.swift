import Store
import Testing

@testable import Gateway

struct EventLogTests {
  @Test func `pieces are numbered on, by the events that they hold`() {
    var log = EventLog()
    let nothing = log.next()
    #expect(nothing == nil)
    log.append("event: a\ndata: {}\n\nevent: b\ndata: {}\n\n".utf8)
    let first = log.next()
    #expect(first?.sequence == 0...1)
    #expect(log.isWriting)
    log.append("event: c\ndata: {}\n\n".utf8)
    log.wasWritten()
    let second = log.next()
    #expect(second?.sequence == 2...2)
    #expect(second?.bytes == Array("event: c\ndata: {}\n\n".utf8))
    let rest = log.next()
    #expect(rest == nil)
  }
}
