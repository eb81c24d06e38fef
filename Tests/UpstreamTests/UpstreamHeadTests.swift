import Testing

@testable import Upstream

struct UpstreamHeadTests {
  private func receive(_ lines: [String]) -> UpstreamHead {
    var head = UpstreamHead()
    for line in lines {
      let isTaken = Array(line.utf8).withUnsafeBytes { head.receive($0) }
      #expect(isTaken)
    }
    return head
  }

  @Test func `status and fields are read, blanks around values aside`() {
    let head = receive([
      "HTTP/1.1 429 Too Many\r\n", "Retry-After: \t 7 \t\r\n", "X-Empty:\r\n", "no colon\r\n", "\r\n",
    ])
    #expect(head.status == 429 && head.isComplete)
    #expect(head.value("retry-after") == "7")
    #expect(head.value("x-empty") == "")
    #expect(head.value("x-absent") == nil)
    #expect(head.fields.count == 2)
  }

  @Test func `of several fields of one name the last one is the value`() {
    let head = receive(["HTTP/2 200\r\n", "x-a: 1\r\n", "X-A: 2\r\n", "\r\n"])
    #expect(head.value("x-a") == "2")
    #expect(head.fields.count == 2)
  }

  @Test func `interim answers leave nothing but their bytes behind`() {
    var head = receive(["HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n"])
    #expect(!head.isComplete)
    for line in ["HTTP/1.1 200 OK\r\n", "X-A: 1\r\n", "\r\n"] {
      _ = Array(line.utf8).withUnsafeBytes { head.receive($0) }
    }
    #expect(head.status == 200 && head.isComplete)
    #expect(head.value("link") == nil && head.value("x-a") == "1")
  }

  @Test(arguments: [
    ("HTTP/1.1 200", 200), ("HTTP/2 204 ", 204), ("HTTP/1.1 2x0 OK", 0), ("HTTP/1.1", 0), ("HTTP/1.1 20", 0),
  ])
  func `the status is three digits or none`(line: String, status: Int) {
    #expect(receive([line + "\r\n"]).status == status)
  }

  @Test func `lines beyond the cap are refused, repeated interim answers too`() {
    var head = receive(["HTTP/1.1 200 OK\r\n"])
    let line = Array("X-A: \(String(repeating: "a", count: 1000))\r\n".utf8)
    var accepted = 0
    while line.withUnsafeBytes({ head.receive($0) }) { accepted += line.count }
    #expect(accepted <= UpstreamHead.bytesMax && accepted > UpstreamHead.bytesMax - 2 * line.count)
    var interim = UpstreamHead()
    let hint = Array("HTTP/1.1 103 Early Hints\r\n".utf8)
    var count = 0
    while hint.withUnsafeBytes({ interim.receive($0) }), count < 1 << 20 { count += 1 }
    #expect(count == UpstreamHead.bytesMax / hint.count)
  }

  @Test func `a head of our own is complete`() {
    let head = UpstreamHead(status: 200, fields: [("Content-Type", "text/plain"), ("X-A", "1")])
    #expect(head.status == 200 && head.isComplete)
    #expect(head.value("content-type") == "text/plain" && head.value("x-a") == "1")
  }

  @Test func `names are compared whole`() {
    let head = receive(["HTTP/1.1 200 OK\r\n", "X-Ab: 1\r\n", "\r\n"])
    #expect(head.value("x-a") == nil && head.value("x-abc") == nil)
    #expect(head.isNamed(head.fields[0], "x-ab"))
  }
}
