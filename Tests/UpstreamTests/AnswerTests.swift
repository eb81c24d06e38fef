import TestSupport
import Testing
import Wire

@testable import Upstream

/// Answers as the project's own client reads them, however they are cut.
struct AnswerTests {
  /// One answer, and what it means.
  struct Answer: CustomTestStringConvertible {
    var text: [UInt8]
    var method = "GET"
    var status = 200
    var body: String

    init(_ text: String, method: String = "GET", status: Int = 200, body: String) {
      self.init(Array(text.utf8), method: method, status: status, body: body)
    }

    init(_ text: [UInt8], method: String = "GET", status: Int = 200, body: String) {
      self.text = text
      self.method = method
      self.status = status
      self.body = body
    }

    var testDescription: String { String(decoding: text.prefix(80), as: UTF8.self) }
  }

  private static let ok = "HTTP/1.1 200 OK\r\n"
  private static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
  private static let packed = Gzip.compress(Array("plain words".utf8), level: 6) ?? []

  /// Answers that say themselves where they end.
  static let whole = [
    Answer(ok + "Content-Length: 5\r\n\r\nhello", body: "hello"),
    Answer(ok + "Content-Length: 0\r\n\r\n", body: ""),
    Answer("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
    Answer("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", body: "ok"),
    Answer("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", body: "ok"),
    Answer("HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno", status: 404, body: "no"),
    Answer(ok + "content-length:\t 2 \r\nX-A:\r\n\r\nok", body: "ok"),
    Answer(ok + "Content-Length : 2\r\n\r\nok", body: "ok"),
    Answer(ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
    Answer(ok + "X-B: \u{e9}\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
    Answer(chunked + "5\r\nhello\r\n0\r\n\r\n", body: "hello"),
    Answer(chunked + "0\r\n\r\n", body: ""),
    Answer(chunked + "2\r\nab\r\n003\r\ncde\r\nA\r\n0123456789\r\n0\r\n\r\n", body: "abcde0123456789"),
    Answer(chunked + "2;a=\"b\"\r\nab\r\n1 \t\r\nc\r\n0;x\r\nX-Late: 1\r\nX-B:\r\n\r\n", body: "abc"),
    Answer(ok + "Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", body: "a"),
    Answer(ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", body: "a"),
    Answer("HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok", body: "ok"),
    Answer(
      "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\nContent-Length: 9\r\n\r\nHTTP/1.1 102 \r\n\r\n" + ok
        + "Content-Length: 2\r\n\r\nok", body: "ok"),
    Answer(ok + "Content-Length: 5\r\n\r\n", method: "HEAD", body: ""),
    Answer(ok + "Transfer-Encoding: chunked\r\n\r\n", method: "HEAD", body: ""),
    Answer(ok + "Content-Encoding: br\r\nContent-Length: x\r\n\r\n", method: "HEAD", body: ""),
    Answer("HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: ""),
    Answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204, body: ""),
    Answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n", status: 304, body: ""),
    Answer(
      Array("\(ok)Content-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n".utf8) + packed,
      body: "plain words"),
    Answer(
      Array("\(ok)Content-Encoding: X-GZIP\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n".utf8) + packed[..<5]
        + Array("\r\n\(String(packed.count - 5, radix: 16))\r\n".utf8) + packed[5...] + Array("\r\n0\r\n\r\n".utf8),
      body: "plain words"),
    Answer(ok + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", body: ""),
    Answer(ok + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", body: ""),
    Answer(ok + "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
  ]

  @Test(arguments: whole)
  func `an answer means the same however it is cut`(answer: Answer) throws {
    let reader = try AnswerReader()
    for reading in reader.readings(answer.text, method: answer.method) {
      #expect(reading == Reading(statuses: [answer.status], body: Array(answer.body.utf8), ends: [.complete]))
    }
  }

  /// Goal: no answer that was cut off counts as whole. Method: every beginning of every answer, ended with and without
  /// an error.
  @Test(arguments: whole)
  func `the beginning of an answer is not the answer`(answer: Answer) throws {
    let reader = try AnswerReader()
    for count in answer.text.indices {
      let start = Array(answer.text[..<count])
      let closed = reader.read([start], method: answer.method, then: .closed)
      #expect(closed.failure == (closed.statuses.isEmpty ? .disconnected : .truncated))
      #expect(closed.ends.count == 1)
      #expect(answer.body.utf8.starts(with: closed.body))
      let reset = reader.read([start], method: answer.method, then: .reset)
      #expect(reset.failure == .disconnected)
      let open = reader.read([start], method: answer.method)
      #expect(open.ends.isEmpty)
    }
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "\r\n", "x"])
  func `what follows an answer is no part of it`(extra: String) throws {
    let reader = try AnswerReader()
    for answer in Self.whole {
      let reading = reader.read([answer.text + Array(extra.utf8)], method: answer.method)
      #expect(reading == Reading(statuses: [answer.status], body: Array(answer.body.utf8), ends: [.complete]))
    }
  }

  @Test(arguments: [("HTTP/1.1", AnswerReader.End.closed), ("HTTP/1.0", .closed), ("HTTP/1.1", .reset)])
  func `an answer without a length lasts until its connection is closed, in order`(
    version: String, end: AnswerReader.End
  ) throws {
    let reader = try AnswerReader()
    for reading in reader.readings(Array("\(version) 200 OK\r\nX-A: 1\r\n\r\nabc\r\n".utf8), then: end) {
      #expect(reading.body == Array("abc\r\n".utf8))
      if end == .closed { #expect(reading.isComplete) } else { #expect(reading.failure == .disconnected) }
    }
  }

  @Test func `a compressed answer that only the close ends must be whole all the same`() throws {
    let reader = try AnswerReader()
    let head = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8)
    #expect(reader.read([head + Self.packed], then: .closed).isComplete)
    #expect(reader.read([head + Self.packed.dropLast()], then: .closed).failure == .truncated)
    #expect(reader.read([head], then: .closed).isComplete)
  }

  @Test func `a compressed body is truncated when its coding is, whatever its length says`() throws {
    let reader = try AnswerReader()
    let part = Self.packed.dropLast(3)
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(part.count)\r\n\r\n"
    for reading in reader.readings(Array(head.utf8) + part) { #expect(reading.failure == .truncated) }
  }

  @Test(arguments: [
    "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "HTTP/1.1 200 O\0K\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n X-Folded: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX A: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX\0A: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: \0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-A: 1\rX-B: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: 1\r\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-A: 1\r\nHTTP/1.1 500 Oops\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nX-A: 1\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n",
  ])
  func `a head that could be read in two ways is none`(text: String) throws {
    let reader = try AnswerReader()
    for reading in reader.readings(Array(text.utf8)) {
      #expect(reading.failure == .invalidAnswer)
      #expect(reading.statuses.isEmpty && reading.body.isEmpty && reading.ends.count == 1)
    }
  }

  @Test(arguments: ["\r\n", "x\r\n", "3\r\nabcd\r\n", "3\nabc\r\n", "3\r\nabc\n"])
  func `chunks that are none end the answer, after what came before them`(text: String) throws {
    let reader = try AnswerReader()
    let start = Self.chunked + "2\r\nok\r\n"
    for reading in reader.readings(Array((start + text).utf8)) {
      #expect(reading.failure == .invalidAnswer)
      #expect(reading.statuses == [200] && reading.body.starts(with: "ok".utf8))
    }
  }

  /// Goal: no input crashes the reader, gets two ends out of it, or means different things to it depending on how it is
  /// cut. Method: answers with bytes changed, doubled and taken out at random places, from a seed.
  @Test(arguments: 1...8)
  func `damaged answers are read in one way`(seed: Int) throws {
    let reader = try AnswerReader()
    var random = SeededRandom(seed: seed)
    // What zlib hands out ahead of an error depends on what it is given at once.
    let answers = Self.whole.filter { !$0.body.hasPrefix("plain") }
    for _ in 0..<60 {
      let answer = answers[Int.random(in: answers.indices, using: &random)]
      let text = damaged(answer.text, &random)
      let whole = reader.read([text], method: answer.method, then: .closed)
      #expect(whole.ends.count == 1 && whole.statuses.count <= 1)
      var cuts = [text.map { [$0] }]
      for _ in 0..<4 {
        let place = Int.random(in: text.indices, using: &random)
        cuts.append([Array(text[..<place]), Array(text[place...])])
      }
      for cut in cuts { #expect(reader.read(cut, method: answer.method, then: .closed) == whole) }
    }
  }

  private func damaged(_ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    let telling = Array("\r\n :;0159afHT/\0\u{ff}".utf8)
    var text = text
    for _ in 0...Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: text.indices, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: text[place] = UInt8.random(in: 0...255, using: &random)
      case 1: text[place] = telling[Int.random(in: telling.indices, using: &random)]
      case 2: text.insert(text[place], at: place)
      default: if text.count > 1 { text.remove(at: place) }
      }
    }
    return text
  }

  @Test func `bytes ahead of a broken coding are delivered`() throws {
    let reader = try AnswerReader()
    let text = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n".utf8) + Self.packed
    let reading = reader.read([text + Array("no gzip".utf8)])
    #expect(reading.failure == .invalidAnswer)
    #expect(reading.body == Array("plain words".utf8))
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nX-Long: ", "HTTP/1.1 ", "", "HTTP/1.1 200 OK\r\nX-A: 1\r\n", "HTTP/1.1 103 Hints\r\n\r\n",
  ])
  func `a head without an end ends at its cap`(start: String) throws {
    let reader = try AnswerReader()
    // A line that repeats without an end, or one that is itself endless.
    let isLines = start.hasSuffix("\r\n")
    let line = Array((isLines ? String(start.split(separator: "\r\n").last ?? "") + "\r\n" : "aaaa").utf8)
    let unit = start.hasSuffix("\r\n\r\n") ? line + [0x0d, 0x0a] : line
    let repeated = Array(repeatElement(unit, count: 2 * UpstreamHead.bytesMax / unit.count).joined())
    let cut = stride(from: 0, to: repeated.count, by: 1000).map { Array(repeated[$0..<min($0 + 1000, repeated.count)]) }
    #expect(reader.read([Array(start.utf8)] + cut).failure == .invalidAnswer)
  }
}
