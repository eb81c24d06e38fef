import TestSupport
import Testing

@testable import Wire

/// Goal: exactly the texts of RFC 8259 pass. Method: lists of the known traps, and random texts and damage compared
/// with a slow reference.
@Suite struct JSONScanTests {
  static let valid = [
    "{}", "[]", " [ ] ", "\"\"", "0", "-0", "-1.5e+10", "1E5", "true", "false", "null", "{\"a\":{\"b\":[1,2,{}]}}",
    "\"\\u0000\\uD83D\\ude00\\ud83d\"", "[1,\"two\",null,true]", "\t\r\n 1 \n", "{\"a\":1,\"a\":2}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
    "9999999999999999999999999999", "0.0", "1.0E-2",
  ]

  static let invalid = [
    "", " ", "{", "[", "\"", "{]", "[}", "[1,]", "{\"a\":1,}", "{,}", "[,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}",
    "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "-Infinity", "tru", "True", "nul", "nulls",
    "1 2", "{} {}", "[1 2]", "{\"a\" 1}", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\\"", "\"a\nb\"", "\"a\tb\"",
    "\"a\u{0}b\"", "/* c */ 1", "[1] // c", "\u{FEFF}{}", "{\"a\":1 \"b\":2}", "\"abc", "[\"abc]", "1\u{0}", "--1",
    "1.e5",
  ]

  @Test(arguments: valid) func wellFormedTextPasses(_ text: String) throws {
    let bytes = Array(text.utf8)
    let value = try JSONScan.document(bytes.span)
    let white = Array(" \t\r\n".utf8)
    let first = try #require(bytes.firstIndex { !white.contains($0) })
    let last = try #require(bytes.lastIndex { !white.contains($0) })
    #expect(value.range == first..<last + 1)
    #expect(ReferenceJSON.accepts(bytes))
  }

  @Test(arguments: invalid) func malformedTextFails(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: JSONFailure.self) { try JSONScan.document(bytes.span) }
    #expect(!ReferenceJSON.accepts(bytes))
  }

  @Test(arguments: [
    [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
    [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x28, 0x80],
    [0xF4, 0x90, 0x80, 0x80],
    [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE],
  ]) func invalidUTF8InAStringFailsAtItsFirstByte(_ sequence: [UInt8]) {
    for padding in 0..<20 {
      let bytes = [0x22] + [UInt8](repeating: 0x61, count: padding) + sequence + [0x22]
      let failure = #expect(throws: JSONFailure.self) { try JSONScan.document(bytes.span) }
      #expect(failure?.offset == 1 + padding)
    }
  }

  @Test(arguments: [
    ("{\"a\":1,}", 7, "expected a member name in double quotes"),
    ("[1 2]", 3, "expected ',' or ']'"),
    ("{\"a\" 1}", 5, "expected ':'"),
    ("{\"a\":1 \"b\"}", 7, "expected ',' or '}'"),
    ("[\"abc", 1, "a string is not closed"),
    ("{\"a\":", 5, "the text ends where a value is expected"),
    ("{\"a\":1", 6, "the text ends inside an object"),
    ("[1", 2, "the text ends inside an array"),
    ("{} x", 3, "unexpected bytes after the value"),
    ("\"\\q\"", 1, "unknown escape in a string"),
    ("-x", 1, "expected a digit"),
  ]) func failuresNameTheirPlaceAndReason(_ text: String, _ offset: Int, _ reason: String) {
    let bytes = Array(text.utf8)
    let failure = #expect(throws: JSONFailure.self) { try JSONScan.document(bytes.span) }
    #expect(failure == JSONFailure(offset: offset, reason: reason))
  }

  @Test func depthIsCapped() throws {
    func nested(_ depth: Int) -> [UInt8] {
      [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
    }
    _ = try JSONScan.document(nested(128).span)
    #expect(throws: JSONFailure(offset: 128, reason: "nested deeper than 128 levels")) {
      try JSONScan.document(nested(129).span)
    }
    _ = try JSONScan.document(nested(3).span, depthMax: 3)
    #expect(throws: JSONFailure.self) { try JSONScan.document(nested(4).span, depthMax: 3) }
    #expect(throws: JSONFailure.self) { try JSONScan.document(nested(100_000).span, depthMax: .max) }
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func randomTextAndDamageAreJudgedAsByTheReference(_ seed: UInt64) {
    var corpus = JSONCorpus(seed: seed)
    for _ in 0..<20 {
      let original = corpus.spelling(of: corpus.tree())
      #expect(throws: Never.self) { try JSONScan.document(original.span) }
      for _ in 0..<10 {
        let bytes = corpus.damaged(original)
        let accepted = (try? JSONScan.document(bytes.span)) != nil
        #expect(accepted == ReferenceJSON.accepts(bytes), "\(bytes)")
      }
    }
  }

  @Test func plainRunsEndAtTheSameByteAtEveryAlignment() {
    for special in [0x22, 0x5C, 0x1F, 0x00, 0x80, 0xFF, 0x0A] as [UInt8] {
      for length in 0..<40 {
        var bytes: [UInt8] = []
        while bytes.count < 40 { bytes.append(UInt8(0x23 + bytes.count)) }
        bytes.insert(special, at: length)
        bytes.append(0x22)
        for start in 0...length { #expect(JSONBytes.plainRunEnd(bytes.span, from: start) == length) }
      }
    }
  }
}

extension JSONCorpus {
  /// `bytes` with one byte changed, inserted or removed, or cut short.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let telling = Array("{}[]\",:\\u0-1.eE tfn\n\u{0}é".utf8) + [0x80, 0xC3, 0xFF, 0xF0]
    let index = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes[index] = pick(telling)
    case 1: bytes.insert(pick(telling), at: index)
    case 2: bytes.remove(at: index)
    default: bytes.removeSubrange(index...)
    }
    return bytes
  }
}
