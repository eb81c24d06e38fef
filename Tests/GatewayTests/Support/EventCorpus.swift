import Wire

/// Event streams of every kind of line end and block.
enum EventCorpus {
  static let streams: [String] = [
    "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n",
    "data: {\"a\":1}\r\n\r\ndata: {\"b\":2}\r\n\r\ndata: [DONE]\r\n\r\n",
    "data: one\r\rdata: two\r\rdata: [DONE]\r\r",
    "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\r\r\ndata: e\n\r\n",
    ": keep-alive\n\ndata: x\n\n: one\n: two\n\n:\n\n",
    "event: ping\ndata: {}\n\nid: 1\ndata: line one\ndata: line two\n\n",
    "\u{FEFF}data: behind a mark\n\ndata: x\n\n",
    "\n\n\ndata: x\n\n\n\n\r\n\r\n",
    "data: whole\n\ndata: unfinished",
    "data: whole\r\n\r\ndata: ended by a return\r\r",
    "no event at all",
    "",
  ]

  /// Where the blocks of `bytes` end, each with the block's number of data lines.
  static func ends(_ bytes: [UInt8]) -> [(end: Int, dataLines: Int)] {
    var scanner = SSEScanner()
    var ends: [(Int, Int)] = []
    while let block = scanner.next(in: bytes.span) { ends.append((block.range.upperBound, block.dataLines)) }
    return ends
  }
}
