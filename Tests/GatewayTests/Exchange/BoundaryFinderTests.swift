import Testing

@testable import Gateway

struct BoundaryFinderTests {
  /// How many bytes of `pieces` belong to the first event, or nil.
  private func find(_ pieces: [ArraySlice<UInt8>]) -> Int? {
    var finder = BoundaryFinder()
    var before = 0
    for piece in pieces {
      let count = Array(piece).withUnsafeBytes { finder.advance($0) }
      if finder.isFound { return before + count }
      before += piece.count
      if count != piece.count { return -1 }
    }
    return nil
  }

  @Test(arguments: [
    ("data: x\n\nrest", 9), ("data: x\r\rrest", 9), ("a\nb\n\n", 5), ("a\r\nb\r\n\nc", 7), ("a\n\r\nb", 3),
    ("x\n\n", 3),
    ("a\nb\nc\n\n\n", 7),
  ])
  func `the empty line is found at every cut`(text: String, end: Int) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      #expect(find([bytes[..<cut], bytes[cut...]]) == end)
    }
    #expect(find(bytes.indices.map { bytes[$0...$0] }) == end)
  }

  @Test(arguments: ["", "data: x", "data: x\n", "data: x\r\n", "a\r\nb\r\nc\r\n", "a\nb\rc\r\nd", "\r\n"])
  func `single line ends are none, CR LF included`(text: String) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count { #expect(find([bytes[..<cut], bytes[cut...]]) == nil) }
  }

  @Test func `of two CR LF, the second LF may be left for the next event`() {
    let bytes = Array("a\r\n\r\nb".utf8)
    for cut in 0...bytes.count {
      let end = find([bytes[..<cut], bytes[cut...]])
      #expect(end == 4 || end == 5)
    }
  }
}
