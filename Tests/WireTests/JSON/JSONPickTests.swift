import Testing
import Wire

/// Goal: values are found by name in any spelling, and damage never traps. Method: goldens, and random damage.
@Suite struct JSONPickTests {
  private func pick(_ name: StaticString, _ text: String) -> String? {
    let bytes = Array(text.utf8)
    return JSONPick.member(name, of: 0..<bytes.count, in: bytes.span).map {
      String(decoding: bytes[$0.range], as: UTF8.self)
    }
  }

  @Test func membersAreFoundByName() {
    #expect(pick("b", #"{"a":{"b":1},"b":[2,"]"],"c":3}"#) == #"[2,"]"]"#)
    #expect(pick("b", #"{"a":1}"#) == nil)
    #expect(pick("", #"{"":7}"#) == "7")
    #expect(pick("a", #"{ "a" : "x\"}" , "b":2 }"#) == #""x\"}""#)
    #expect(pick("a", #"["a",1]"#) == nil)
  }

  @Test func theLastDuplicateWinsAlsoInAnEscapedSpelling() {
    #expect(pick("model", #"{"model":1,"x":2,"model":3}"#) == "3")
    #expect(pick("model", #"{"model":1,"mod\u0065l":2}"#) == "2")
    #expect(pick("model", #"{"mode\u006C":2,"models":9}"#) == "2")
    #expect(pick("a/b", #"{"a\/b":2}"#) == "2")
  }

  @Test func pathsGoThroughObjects() {
    let bytes = Array(#"{"a":{"b":{"c":5}},"d":1}"#.utf8)
    let value = JSONPick.path(["a", "b", "c"], of: 0..<bytes.count, in: bytes.span)
    #expect(JSONPick.integer(value, in: bytes.span) == 5)
    #expect(JSONPick.path(["d", "b"], of: 0..<bytes.count, in: bytes.span) == nil)
    #expect(JSONPick.path(["a", "x", "c"], of: 0..<bytes.count, in: bytes.span) == nil)
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""""#, ""), (#""a\n\t\r\b\f\"\\\/""#, "a\n\t\r\u{8}\u{C}\"\\/"),
    (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"),
    (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
    ("\"日本\"", "日本"),
  ]) func stringsAreUnescaped(_ text: String, _ expected: String) throws {
    let bytes = Array(text.utf8)
    #expect(JSONPick.string(try JSONScan.document(bytes.span), in: bytes.span) == expected)
  }

  @Test(
    arguments: [
      ("0", 0), ("-12", -12), ("3.0", 3), ("1e3", 1000), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9223372036854775808", nil), ("-0", 0), ("3.5", nil), ("1e30", nil),
      ("\"3\"", nil), ("true", nil), ("null", nil),
    ] as [(String, Int?)]) func integersAreWholeNumbersThatFit(_ text: String, _ expected: Int?) throws
  {
    let bytes = Array(text.utf8)
    #expect(JSONPick.integer(try JSONScan.document(bytes.span), in: bytes.span) == expected)
  }

  @Test func numbersAndBooleansReadAsWhatTheyAre() {
    let bytes = Array(#"{"a":0.25,"b":true,"c":false,"d":null,"e":NaN,"f":1}"#.utf8)
    func member(_ name: StaticString) -> JSONValue? { JSONPick.member(name, of: 0..<bytes.count, in: bytes.span) }
    #expect(JSONPick.number(member("a"), in: bytes.span) == 0.25)
    #expect(JSONPick.number(member("e"), in: bytes.span) == nil)
    #expect(JSONPick.bool(member("b")) == true)
    #expect(JSONPick.bool(member("c")) == false)
    #expect(JSONPick.bool(member("d")) == nil)
    #expect(JSONPick.bool(member("f")) == nil)
    #expect(member("d")?.kind == .null)
  }

  @Test func walksStopWhenToldTo() {
    let bytes = Array(#"[{"a":1,"b":2},3,4]"#.utf8)
    var kinds: [JSONKind] = []
    JSONScan.elements(of: 0..<bytes.count, in: bytes.span) {
      kinds.append($0.kind)
      return kinds.count < 2
    }
    #expect(kinds == [.object, .number])
    var keys: [Range<Int>] = []
    JSONScan.members(of: 1..<14, in: bytes.span) {
      keys.append($0.key)
      return true
    }
    #expect(keys == [3..<4, 9..<10])
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func damageNeverTraps(_ seed: UInt64) {
    var corpus = JSONCorpus(seed: seed)
    for _ in 0..<60 {
      let bytes = corpus.damaged(corpus.spelling(of: corpus.object()))
      for range in [0..<bytes.count, 1..<max(1, bytes.count - 1), 0..<bytes.count + 9, bytes.count..<bytes.count + 1] {
        var strings = 0
        JSONScan.members(of: range, in: bytes.span) {
          strings += JSONString.decode($0.key, in: bytes.span).utf8.count
          strings += JSONPick.string($0.value, in: bytes.span)?.utf8.count ?? 0
          _ = JSONPick.number($0.value, in: bytes.span)
          JSONScan.elements(of: $0.value.range, in: bytes.span) { _ in true }
          return true
        }
        #expect(strings <= 3 * bytes.count)
      }
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func picksAgreeWithTheTree(_ seed: UInt64) throws {
    var corpus = JSONCorpus(seed: seed)
    for _ in 0..<30 {
      let bytes = corpus.spelling(of: corpus.object())
      let root = try JSONScan.document(bytes.span)
      let tree = try JSONTree.parse(bytes.span)
      let value = JSONPick.member("model", of: root.range, in: bytes.span)
      let picked = try value.map { try JSONTree.parse(Array(bytes[$0.range]).span) }
      #expect(picked == tree["model"])
    }
  }
}
