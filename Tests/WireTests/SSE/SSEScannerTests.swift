import TestSupport
import Testing

@testable import Wire

/// Goal: blocks do not depend on how the bytes arrive. Method: every stream of a corpus is fed whole, at every cut in
/// two, at cuts in three and byte by byte, and compared with a slow reference.
@Suite struct SSEScannerTests {
  static let corpus: [String] = [
    "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n",
    "data: {\"a\":1}\r\n\r\ndata: {\"b\":2}\r\n\r\ndata: [DONE]\r\n\r\n",
    "data: one\r\rdata: two\r\rdata: [DONE]\r\r",
    "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\r\r\ndata: e\n\r\n",
    "\u{FEFF}data: behind a mark\n\ndata: x\n\n",
    "\u{FEFF}\n\ndata: x\n\n",
    "data: \u{FEFF}kept\n\n",
    ": keep-alive\n\ndata: x\n\n: one\n: two\n\n:\n\n",
    "data: line one\ndata: line two\ndata:\ndata: line four\n\n",
    "data:nospace\n\ndata:  two spaces\n\ndata\n\ndata:\n\n",
    "event: ping\n\nid: 7\n\nretry: 100\n\nid\n\nevent\n\nunknown: x\n\nunknown\n\n",
    "event: response.created\ndata: {}\n\nid: 1\nevent: a\nevent: b\ndata: x\nretry: 5\n\n",
    "\n\n\ndata: x\n\n\n\n\r\n\r\n\r\rdata: y\n\n",
    "data: größe 日本語 😀\n\ndata: é\r\n\r\n",
    "dataX: no\ndat: no\nDATA: no\n data: no\nevents: no\n\n",
    "data: unfinished\n\ndata: no blank line\n",
    "data: unfinished\n\ndata: no line end",
    "", "\n", "\r", "\r\n", ":", "data: x\r",
  ]

  @Test(arguments: corpus, [false, true]) func everyCutGivesTheSameBlocks(_ text: String, _ drops: Bool) {
    let bytes = Array(text.utf8)
    let expected = ReferenceSSE.blocks(bytes)
    let feeder = SSEFeeder(drops: drops)
    #expect(feeder.blocks([bytes[...]]) == expected)
    #expect(feeder.blocks(bytes.indices.map { bytes[$0...$0] }) == expected)
    for first in 0...bytes.count {
      #expect(feeder.blocks([bytes[..<first], bytes[first...]]) == expected)
      let second = min(bytes.count, first + 1 + first % 5)
      #expect(feeder.blocks([bytes[..<first], bytes[first..<second], bytes[second...]]) == expected)
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func randomStreamsInRandomPiecesEqualTheReference(_ seed: UInt64) {
    var random = CorpusRandom(seed: seed)
    let tokens = [
      "data", "event", "id", ":", ":", " ", "\n", "\n", "\r", "\r\n", "x", "é", "{}", "\u{FEFF}", "data: y\n\n",
    ]
    var text = ""
    for _ in 0..<200 { text += tokens[Int.random(in: 0..<tokens.count, using: &random)] }
    let bytes = Array(text.utf8)
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...9, using: &random))
      pieces.append(bytes[start..<end])
      start = end
    }
    let expected = ReferenceSSE.blocks(bytes)
    #expect(SSEFeeder(drops: true).blocks(pieces) == expected)
    #expect(SSEFeeder(drops: false).blocks(pieces) == expected)
  }

  @Test func blocksFollowEachOtherWithoutAGap() {
    let bytes = Array(Self.corpus.joined().utf8)
    var scanner = SSEScanner()
    var end = 0
    while let block = scanner.next(in: bytes.span) {
      #expect(block.range.lowerBound == end)
      end = block.range.upperBound
      #expect(scanner.unfinishedFrom == end)
    }
    #expect(end > 0)
  }

  @Test func aFinalReturnWaitsForWhatFollows() {
    var scanner = SSEScanner()
    let text = Array("data: x\r\n\r".utf8)
    #expect(scanner.next(in: text.span) == nil)
    #expect(scanner.next(in: (text + [0x0A]).span)?.range == 0..<11)
    var bare = SSEScanner()
    #expect(bare.next(in: text.span) == nil)
    #expect(bare.next(in: (text + [0x64]).span)?.range == 0..<10)
    var ended = SSEScanner()
    #expect(ended.finish(in: text.span)?.range == 0..<10)
  }

  @Test func onlyCommentsAndEmptyLinesCountAsComments() {
    let bytes = Array(": c\n\n\n: c\ndata: x\n\nid: 1\n\nevent: e\n\n".utf8)
    var scanner = SSEScanner()
    var comments: [Bool] = []
    while let block = scanner.next(in: bytes.span) { comments.append(block.isComment) }
    #expect(comments == [true, true, false, false, false])
  }
}
