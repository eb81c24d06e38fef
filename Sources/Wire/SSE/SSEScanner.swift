/// Cuts an event stream into blocks as its bytes come in, without copying or allocating.
///
/// Line ends are LF, CR LF and CR, also mixed. A CR that is the last byte so far is not yet a line end: an LF that
/// belongs to it may follow. One byte order mark at the start of the stream is skipped. No length is limited here:
/// the caller watches how far `unfinishedFrom` lags behind.
///
/// The caller keeps the bytes from `unfinishedFrom` on, appends what arrives and calls `next` again; no byte is
/// searched twice, however small the pieces are.
package struct SSEScanner: Sendable {
  /// Start of the line that is being scanned.
  private var lineStart = 0
  /// The block under construction; its upper bound is set when it is complete.
  private var block = SSEBlock(range: 0..<0)
  private var feeds = ByteSearch(byte: 0x0A)
  private var returns = ByteSearch(byte: 0x0D)
  private var isFirstLine = true

  /// A scanner at the start of a stream.
  package init() {}

  /// Where the block that is not complete yet begins.
  package var unfinishedFrom: Int { block.range.lowerBound }

  /// The next complete block of `source`, or nil when there is none yet.
  package mutating func next(in source: Span<UInt8>) -> SSEBlock? {
    next(in: source, atEnd: false)
  }

  /// As `next`, for a source to which nothing will be added: a CR that is its last byte ends its line.
  package mutating func finish(in source: Span<UInt8>) -> SSEBlock? {
    next(in: source, atEnd: true)
  }

  /// Tells that the caller dropped `consumed` bytes, at most `unfinishedFrom`, from the front of the source.
  package mutating func rebase(by consumed: Int) {
    precondition(consumed >= 0 && consumed <= unfinishedFrom, "bytes of an unfinished block were dropped")
    lineStart -= consumed
    feeds.rebase(by: consumed)
    returns.rebase(by: consumed)
    block.range = block.range.lowerBound - consumed..<block.range.upperBound - consumed
    if let data = block.data { block.data = data.lowerBound - consumed..<data.upperBound - consumed }
    if let event = block.event { block.event = event.lowerBound - consumed..<event.upperBound - consumed }
  }

  private mutating func next(in source: Span<UInt8>, atEnd: Bool) -> SSEBlock? {
    while let (end, following) = lineEnd(in: source, atEnd: atEnd) {
      var line = lineStart..<end
      lineStart = following
      if isFirstLine {
        isFirstLine = false
        if Self.hasByteOrderMark(line, in: source) { line = line.lowerBound + 3..<line.upperBound }
      }
      guard line.isEmpty else {
        note(SSEField(line, in: source))
        continue
      }
      block.range = block.range.lowerBound..<following
      let complete = block
      block = SSEBlock(range: following..<following)
      return complete
    }
    return nil
  }

  private mutating func note(_ field: SSEField) {
    switch field {
    case .comment: break
    case .data(let payload):
      if block.dataLines == 0 { block.data = payload }
      block.dataLines += 1
    case .event(let name): block.event = name
    case .other: block.hasOtherFields = true
    }
  }

  /// The end of the current line and the start of the next one, once both are certain.
  private mutating func lineEnd(in source: Span<UInt8>, atEnd: Bool) -> (end: Int, next: Int)? {
    let feed = feeds.first(from: lineStart, to: source.count, in: source)
    guard let ret = returns.first(from: lineStart, to: feed ?? source.count, in: source) else {
      return feed.map { ($0, $0 + 1) }
    }
    if ret + 1 < source.count { return (ret, source[ret + 1] == 0x0A ? ret + 2 : ret + 1) }
    return atEnd ? (ret, ret + 1) : nil
  }

  private static func hasByteOrderMark(_ line: Range<Int>, in source: Span<UInt8>) -> Bool {
    line.count >= 3 && source[line.lowerBound] == 0xEF && source[line.lowerBound + 1] == 0xBB
      && source[line.lowerBound + 2] == 0xBF
  }
}

/// A search for one byte that remembers how far it got, so that growing input is searched once.
private struct ByteSearch: Sendable {
  let byte: UInt8
  /// The last find.
  private var found: Int?
  /// Below this there is no find other than `found` and those before it.
  private var searched = 0

  init(byte: UInt8) {
    self.byte = byte
  }

  /// The first occurrence in `start..<end`; neither bound may be less than in an earlier call.
  mutating func first(from start: Int, to end: Int, in source: Span<UInt8>) -> Int? {
    if let found, found >= start { return found < end ? found : nil }
    found = source.firstIndex(of: byte, in: max(start, searched)..<max(start, searched, end))
    searched = found.map { $0 + 1 } ?? max(searched, end)
    return found
  }

  mutating func rebase(by consumed: Int) {
    found = found.map { $0 - consumed }
    searched = max(0, searched - consumed)
  }
}
