import Policy
import Testing
import Wire

@testable import Gateway

/// Goal: a client gets exactly the upstream's bytes and is never left within an event. Method: every stream of a
/// corpus, in every cut in two and byte by byte, against where the blocks end in the whole.
struct EventRelayTests {
  /// What a relay did with its pieces.
  private struct Run {
    var relay = EventRelay()
    var emitted: [UInt8] = []
    /// Data lines of each block that was observed.
    var observed: [Int] = []
    /// Bytes of the last observed block with data.
    var lastCount = 0
    var hasEnded = false

    /// - Parameter stopAfter: the block behind which the observer ends the stream.
    mutating func take(_ piece: [UInt8], stopAfter: Int = .max) {
      var (emitted, observed, lastCount) = (self.emitted, self.observed, self.lastCount)
      let goesOn = piece.withUnsafeBytes { bytes in
        relay.take(bytes) { block, _ in
          observed.append(block.dataLines)
          if block.dataLines > 0 { lastCount = block.range.count }
          return observed.count < stopAfter
        } emit: {
          emitted += $0
        }
      }
      (self.emitted, self.observed, self.lastCount) = (emitted, observed, lastCount)
      hasEnded = !goesOn
    }

    mutating func finish(repairs: Bool = false) -> [UInt8] {
      var observed = observed
      let tail = relay.finish(repairs: repairs) { block, _ in
        observed.append(block.dataLines)
        return true
      }
      self.observed = observed
      return tail
    }
  }

  /// Feeds `pieces` and checks what must hold of any cut.
  private func check(_ pieces: [[UInt8]], sourceLocation: SourceLocation = #_sourceLocation) {
    let whole = Array(pieces.joined())
    let ends = EventCorpus.ends(whole)
    var run = Run()
    var fed = 0
    for piece in pieces {
      run.take(piece)
      fed += piece.count
      let isAtEnd =
        run.emitted.isEmpty || ends.contains { $0.end == run.emitted.count } || whole[run.emitted.count - 1] == 0x0d
      #expect(isAtEnd, "the client is within an event", sourceLocation: sourceLocation)
      #expect(run.relay.heldCount == fed - run.emitted.count, sourceLocation: sourceLocation)
      #expect(run.relay.isAtBoundary, sourceLocation: sourceLocation)
    }
    let tail = run.finish()
    #expect(run.emitted + tail == whole, sourceLocation: sourceLocation)
    #expect(run.observed.filter { $0 > 0 } == wholeBlocks(whole), sourceLocation: sourceLocation)
  }

  /// Data lines of the blocks of a whole stream, in which a last return is a line end.
  private func wholeBlocks(_ bytes: [UInt8]) -> [Int] {
    var scanner = SSEScanner()
    var lines: [Int] = []
    while let block = scanner.finish(in: bytes.span) { lines.append(block.dataLines) }
    return lines.filter { $0 > 0 }
  }

  @Test(arguments: EventCorpus.streams)
  func `bytes out are bytes in, at every cut`(text: String) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count { check([Array(bytes[..<cut]), Array(bytes[cut...])]) }
    check(bytes.map { [$0] })
  }

  @Test(arguments: EventCorpus.streams)
  func `bytes out are bytes in, at random cuts`(text: String) {
    let bytes = Array(text.utf8)
    var random = SplitMix64(seed: UInt64(bytes.count))
    for _ in 0..<50 {
      var cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
      cuts = [0] + cuts + [bytes.count]
      check(zip(cuts, cuts.dropFirst()).map { Array(bytes[$0..<$1]) })
    }
  }

  @Test func `a complete event is passed on at once, an unfinished one held back`() {
    var run = Run()
    run.take(Array("data: a\n\nda".utf8))
    #expect(String(decoding: run.emitted, as: UTF8.self) == "data: a\n\n")
    #expect(run.relay.heldCount == 2)
    run.take(Array("ta: b\n".utf8))
    #expect(run.relay.heldCount == 8)
    run.take(Array("\n".utf8))
    #expect(String(decoding: run.emitted, as: UTF8.self) == "data: a\n\ndata: b\n\n")
    #expect(run.relay.heldCount == 0 && run.observed == [1, 1])
  }

  @Test func `behind the event that ends the stream nothing is passed on`() {
    let text = Array("data: a\n\ndata: [DONE]\n\ndata: late\n\n: more".utf8)
    for cut in 0...text.count {
      var run = Run()
      run.take(Array(text[..<cut]), stopAfter: 2)
      if !run.hasEnded { run.take(Array(text[cut...]), stopAfter: 2) }
      #expect(run.hasEnded)
      #expect(String(decoding: run.emitted, as: UTF8.self) == "data: a\n\ndata: [DONE]\n\n")
      #expect(run.relay.heldCount == 0)
      #expect(run.finish() == [])
    }
  }

  // MARK: - Tails

  @Test(
    arguments: [
      // An event that lacks nothing but line ends gets them, whatever its own are.
      ("data: [DONE]", "data: [DONE]\n\n"), ("data: [DONE]\n", "data: [DONE]\n\n"),
      ("data: [DONE]\r\n", "data: [DONE]\r\n\n"), ("data: [DONE]\r", "data: [DONE]\r\n\n"),
      ("data: {\"a\":1}", "data: {\"a\":1}\n\n"), ("event: x\ndata: {}\n", "event: x\ndata: {}\n\n"),
      // A part of an event, and what is no event at all, is left out.
      ("data: {\"a\":", ""), ("data: {\"a\":1}x", ""), ("data: [DO", ""), ("da", ""), ("event: x\n", ""),
      (": comment", ""), ("data: 1\n", ""),
    ]) func `the tail of a stream is repaired or left out`(tail: String, expected: String)
  {
    var run = Run()
    run.take(Array("data: {}\n\n\(tail)".utf8))
    #expect(String(decoding: run.finish(repairs: true), as: UTF8.self) == expected)
    #expect(run.observed.count == (expected.isEmpty ? 1 : 2))
    #expect(run.relay.heldCount == 0 && run.finish(repairs: true) == [])
  }

  @Test func `a stream that ends between two events needs no repair`() {
    for text in EventCorpus.streams where text.hasSuffix("\n\n") || text.isEmpty {
      var run = Run()
      run.take(Array(text.utf8))
      #expect(run.finish(repairs: true) == [])
    }
  }

  // MARK: - Oversize events

  private static let large = "data: " + String(repeating: "x", count: Limits.heldEventBytesMax)

  @Test(arguments: ["\n", "\r\n", "\r"])
  func `an event beyond the cap is passed on in pieces, and the next one is whole again`(lineEnd: String) {
    var run = Run()
    run.take(Array(Self.large.utf8))
    #expect(run.emitted.count == Self.large.utf8.count)
    #expect(!run.relay.isAtBoundary && run.relay.heldCount == 0)
    run.take(Array("more\(lineEnd)data: line".utf8))
    #expect(!run.relay.isAtBoundary)
    run.take(Array("\(lineEnd)\(lineEnd)".utf8))
    #expect(run.relay.isAtBoundary)
    run.take(Array("data: b\(lineEnd)\(lineEnd)data: un".utf8))
    #expect(run.observed.filter { $0 > 0 } == [1])
    #expect(run.relay.isAtBoundary && run.relay.heldCount == 8)
    let rest = "more\(lineEnd)data: line\(lineEnd)\(lineEnd)data: b\(lineEnd)\(lineEnd)"
    #expect(run.emitted == Array((Self.large + rest).utf8))
    #expect(run.finish() == Array("data: un".utf8))
  }

  @Test(arguments: ["\n\n", "\r\n\r\n", "\r\r", "\r\n\n", "\n\r\n", "\n\r", "\r\n\r"])
  func `the end of an oversize event is found wherever it is cut`(blank: String) {
    let rest = Array("\(blank)data: b\n\ndata: unfinished".utf8)
    for first in 0...6 {
      var start = Run()
      start.take(Array(Self.large.utf8) + rest[..<first])
      for second in first...12 {
        var run = start
        run.take(Array(rest[first..<second]))
        run.take(Array(rest[second...]))
        let place = "\(blank.debugDescription), cut at \(first) and \(second)"
        #expect(run.relay.isAtBoundary, "\(place)")
        #expect(run.lastCount == "data: b\n\n".utf8.count, "\(place)")
        #expect(run.relay.heldCount == "data: unfinished".utf8.count, "\(place)")
        #expect(Array(run.emitted[Self.large.utf8.count...]) + run.finish() == rest, "\(place)")
      }
    }
  }

  @Test func `an event of the cap's size is still held`() {
    var run = Run()
    run.take([UInt8](repeating: 120, count: Limits.heldEventBytesMax))
    #expect(run.emitted.isEmpty && run.relay.isAtBoundary)
    run.take([120])
    #expect(run.emitted.count == Limits.heldEventBytesMax + 1 && !run.relay.isAtBoundary)
    #expect(run.finish() == [])
  }
}
