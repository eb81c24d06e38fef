import Testing

@testable import Wire

@Suite struct ResponseHeadWriterTests {
  private func written(_ body: (inout [UInt8]) -> Void) -> String {
    var out: [UInt8] = []
    body(&out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Whether the field was taken, and what was written.
  private func field(_ name: String, _ value: String) -> (isTaken: Bool, text: String) {
    var isTaken = false
    let text = written { isTaken = ResponseHeadWriter.appendField(name, value, to: &$0) }
    return (isTaken, text)
  }

  @Test func aWholeHead() {
    let text = written { out in
      ResponseHeadWriter.appendStatusLine(200, to: &out)
      ResponseHeadWriter.appendField("Content-Type", "application/json", to: &out)
      ResponseHeadWriter.appendDate(HTTPDate.format(0), to: &out)
      ResponseHeadWriter.appendFraming(.length(12), to: &out)
      ResponseHeadWriter.appendConnection(keepAlive: false, requestMinor: 1, to: &out)
      ResponseHeadWriter.appendEnd(to: &out)
    }
    let lines = [
      "HTTP/1.1 200 OK", "Content-Type: application/json", "Date: Thu, 01 Jan 1970 00:00:00 GMT",
      "Content-Length: 12", "Connection: close", "", "",
    ]
    #expect(text == lines.joined(separator: "\r\n"))
  }

  @Test(arguments: [
    (404, "HTTP/1.1 404 Not Found\r\n"), (100, "HTTP/1.1 100 Continue\r\n"),
    (529, "HTTP/1.1 529 Site Is Overloaded\r\n"),
    (599, "HTTP/1.1 599 \r\n"), (999, "HTTP/1.1 999 \r\n"),
  ])
  func statusLines(_ status: Int, _ line: String) {
    var isValid = false
    let text = written { isValid = ResponseHeadWriter.appendStatusLine(status, to: &$0) }
    #expect(text == line)
    #expect(isValid)
  }

  @Test(arguments: [99, 1000, 0, -1, Int.min, Int.max])
  func aStatusThatDoesNotExistBecomes500(_ status: Int) {
    var isValid = true
    let line = written { isValid = ResponseHeadWriter.appendStatusLine(status, to: &$0) }
    #expect(!isValid)
    #expect(line == "HTTP/1.1 500 Internal Server Error\r\n")
  }

  @Test(arguments: [
    "a\r\nSet-Cookie: b", "a\rb", "a\nb", "a\0b", "a\u{7F}b", "a\u{1B}[0m", "\r\n\r\n<html>", "\n",
  ])
  func aValueThatCouldSplitTheResponseIsRefused(_ value: String) {
    #expect(field("X-A", value) == (false, ""))
  }

  @Test(arguments: ["", "X A", "X-A:", "X-A\r\nB", "X\nA", "X\0A", " X-A", "X-A ", "Größe", "X(A)"])
  func aNameThatIsNoTokenIsRefused(_ name: String) {
    #expect(field(name, "a") == (false, ""))
  }

  @Test(arguments: ["Content-Length", "transfer-encoding", "CONNECTION"])
  func aFieldThatContradictsTheFramingIsRefused(_ name: String) {
    #expect(field(name, "5") == (false, ""))
  }

  @Test func ordinaryValuesPass() {
    #expect(field("X-Empty", "") == (true, "X-Empty: \r\n"))
    #expect(field("X-Tab", "a\tb: c") == (true, "X-Tab: a\tb: c\r\n"))
    #expect(field("X-Text", "größer") == (true, "X-Text: größer\r\n"))
  }

  @Test func fieldsOfBytesPassAsTheyAre() {
    var out: [UInt8] = []
    let isTaken = ResponseHeadWriter.appendField("x-bytes".utf8.span, [0x61, 0xFF].span, to: &out)
    #expect(isTaken)
    #expect(out == Array("x-bytes: a".utf8) + [0xFF, 0x0D, 0x0A])
  }

  @Test(arguments: [
    (ResponseFraming.none, ""), (.untilClose, ""), (.chunked, "Transfer-Encoding: chunked\r\n"),
    (.length(0), "Content-Length: 0\r\n"), (.length(10), "Content-Length: 10\r\n"),
    (.length(Int.max), "Content-Length: 9223372036854775807\r\n"), (.length(-1), "Content-Length: 0\r\n"),
  ])
  func framings(_ framing: ResponseFraming, _ line: String) {
    #expect(written { ResponseHeadWriter.appendFraming(framing, to: &$0) } == line)
  }

  @Test(arguments: [
    (true, 1, ""), (false, 1, "Connection: close\r\n"), (true, 0, "Connection: keep-alive\r\n"),
    (false, 0, "Connection: close\r\n"),
  ])
  func connectionIsNamedWhereTheDefaultDiffers(_ keepAlive: Bool, _ minor: Int, _ line: String) {
    #expect(
      written { ResponseHeadWriter.appendConnection(keepAlive: keepAlive, requestMinor: minor, to: &$0) } == line)
  }

  @Test func anOfferToUpgradeIsNamedToo() {
    let line = written {
      ResponseHeadWriter.appendConnection(keepAlive: false, requestMinor: 1, offersUpgrade: true, to: &$0)
    }
    #expect(line == "Connection: close, upgrade\r\n")
  }

  @Test func theInterimAnswerIsComplete() {
    #expect(String(decoding: ResponseHeadWriter.continueResponse, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
  }

  @Test func everyFailureStatusHasAReason() {
    for reason in RequestFailure.Reason.allCases {
      #expect(HTTPStatus.reason(RequestFailure(reason).status).utf8CodeUnitCount > 0)
    }
    #expect(HTTPStatus.reason(299).utf8CodeUnitCount == 0)
  }

  @Test func bodilessStatuses() {
    #expect([100, 103, 199, 204, 304].allSatisfy(HTTPStatus.isBodiless))
    #expect(![200, 205, 206, 301, 404, 500].contains(where: HTTPStatus.isBodiless))
  }
}
