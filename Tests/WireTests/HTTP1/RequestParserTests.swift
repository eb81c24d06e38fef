import Testing

@testable import Wire

/// What the fixtures cannot show: the calls themselves, and what stays between requests.
@Suite struct RequestParserTests {
  private static let get = Array("GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nAccept: x\r\n\r\n".utf8)

  @Test func stepsOfABodyAreRangesOfTheInput() {
    var parser = RequestParser()
    let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcdGET".utf8)
    let headCount = bytes.count - 7
    #expect(parser.advance(bytes: bytes) == .head(consumed: headCount))
    #expect(parser.advance(bytes: bytes[headCount..<headCount + 3]) == .body(0..<3, consumed: 3))
    #expect(parser.advance(bytes: bytes[headCount + 3..<bytes.count]) == .body(0..<1, consumed: 1))
    #expect(parser.advance(bytes: bytes[headCount + 4..<bytes.count]) == .end(consumed: 0))
  }

  @Test func aChunkIsARangeBehindItsSizeLine() {
    var parser = RequestParser()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    #expect(parser.advance(bytes: head) == .head(consumed: head.count))
    let body = Array("3;x\r\nabc\r\n0\r\n\r\n".utf8)
    #expect(parser.advance(bytes: body) == .body(5..<8, consumed: 8))
    #expect(parser.advance(bytes: body[8..<body.count]) == .end(consumed: 7))
  }

  @Test func theEndOfABodilessRequestNeedsNoFurtherByte() {
    var parser = RequestParser()
    #expect(parser.advance(bytes: Self.get) == .head(consumed: Self.get.count))
    #expect(parser.advance(bytes: []) == .end(consumed: 0))
  }

  @Test func nothingIsTakenBetweenEndAndReset() {
    var parser = RequestParser()
    _ = parser.advance(bytes: Self.get)
    _ = parser.advance(bytes: Self.get)
    #expect(parser.advance(bytes: Self.get) == .needMore(consumed: 0))
    parser.reset()
    #expect(parser.advance(bytes: Self.get) == .head(consumed: Self.get.count))
  }

  @Test func idleMeansThatNoByteOfARequestHasCome() {
    var parser = RequestParser()
    #expect(parser.isIdle)
    #expect(parser.advance(bytes: "\r\n\r".utf8) == .needMore(consumed: 3))
    #expect(parser.isIdle)
    #expect(parser.advance(bytes: "\nG".utf8) == .needMore(consumed: 2))
    #expect(!parser.isIdle)
    #expect(parser.advance(bytes: "ET / HTTP/1.0\r\n\r\n".utf8) == .head(consumed: 17))
    #expect(!parser.isIdle)
    #expect(parser.advance(bytes: []) == .end(consumed: 0))
    #expect(!parser.isIdle)
    parser.reset()
    #expect(parser.isIdle)
  }

  @Test func resetDoesNotReviveAFailedParser() {
    var parser = RequestParser()
    let failure = RequestStep.failed(RequestFailure(.bareLineFeed))
    #expect(parser.advance(bytes: "GET / HTTP/1.1\n".utf8) == failure)
    parser.reset()
    #expect(!parser.isIdle)
    #expect(parser.advance(bytes: Self.get) == failure)
    #expect(parser.advance(bytes: []) == failure)
  }

  @Test func aFailedChunkedBodyKeepsItsFailure() {
    var parser = RequestParser()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    _ = parser.advance(bytes: head)
    let failure = RequestStep.failed(RequestFailure(.chunkSizeInvalid))
    #expect(parser.advance(bytes: "z".utf8) == failure)
    #expect(parser.advance(bytes: "0\r\n\r\n".utf8) == failure)
  }

  @Test func theHeadTellsWhatWasUnderstoodBeforeAFailure() {
    var parser = RequestParser()
    let bytes = Array("HEAD /v1/models?a HTTP/1.1\r\nX-Request-ID: r1\r\nHost: a b\r\n\r\n".utf8)
    #expect(parser.advance(bytes: bytes) == .failed(RequestFailure(.hostInvalid)))
    #expect(parser.head.method == .head)
    #expect(parser.head.string(parser.head.pathRange) == "/v1/models")
    #expect(parser.head.value(.xRequestID) == "r1")
  }

  @Test func resetForgetsTheHeadAndKeepsItsStorage() {
    var parser = RequestParser()
    _ = parser.advance(bytes: "OPTIONS http://h/?q HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\n".utf8)
    _ = parser.advance(bytes: "x".utf8)
    #expect(parser.advance(bytes: []) == .end(consumed: 0))
    let capacity = parser.head.bytes.capacity
    parser.reset()
    #expect(parser.head.bytes.isEmpty && parser.head.headers.isEmpty)
    #expect(parser.head.bytes.capacity == capacity)
    #expect(parser.head.method == .other && parser.head.versionMinor == 1 && parser.head.framing == .none)
    #expect(parser.head.queryRange == nil && parser.head.authorityRange == nil)
  }

  @Test func resetGivesTheStorageOfAnUnusualHeadBack() {
    var parser = RequestParser()
    let long = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n"
    #expect(parser.advance(bytes: long.utf8) == .head(consumed: long.utf8.count))
    _ = parser.advance(bytes: [])
    parser.reset()
    #expect(parser.head.bytes.capacity == 0)
  }
}
