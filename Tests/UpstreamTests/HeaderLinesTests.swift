import Testing

@testable import Upstream

struct HeaderLinesTests {
  private func text(_ lines: HeaderLines) -> [String] {
    String(decoding: lines.bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
  }

  @Test func `lines are kept in order, as they go over the wire`() {
    var lines = HeaderLines()
    var areAdded = lines.append("X-A", "1") && lines.append("X-Empty", "")
    areAdded = lines.append("X-B", Array("2".utf8)) && areAdded
    #expect(areAdded)
    #expect(text(lines) == ["X-A: 1", "X-Empty: ", "X-B: 2"])
    #expect(lines.count == 3)
  }

  @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\rb", "\n", "a\0b", "\0"])
  func `a value that could be read as another line is refused`(value: String) {
    var lines = HeaderLines()
    lines.append("X-A", "1")
    let isAdded = lines.append("X-B", value)
    #expect(!isAdded)
    #expect(text(lines) == ["X-A: 1"])
    #expect(lines.count == 1)
  }

  @Test func `a field is taken out under every spelling, however it was added`() {
    var lines = HeaderLines()
    lines.append("X-Key", "1")
    lines.append("x-key", "")
    lines.append("X-Key-2", "2")
    lines.append("X-KEY", "3")
    lines.append("X-Other", "x-key: 3")
    lines.remove("x-Key")
    #expect(text(lines) == ["X-Key-2: 2", "X-Other: x-key: 3"])
    #expect(lines.count == 2)
    lines.remove("absent")
    #expect(lines.count == 2)
  }

  @Test func `lists are joined end to end`() {
    var lines = HeaderLines()
    lines.append("X-A", "1")
    var more = HeaderLines()
    more.append("X-B", "2")
    more.append("X-C", "3")
    lines.append(more)
    #expect(text(lines) == ["X-A: 1", "X-B: 2", "X-C: 3"])
    #expect(lines.count == 3)
  }
}
