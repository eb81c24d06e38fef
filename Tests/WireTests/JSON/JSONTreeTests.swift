import Testing
import Wire

/// Goal: what is written reads back as it was, and splices equal edits. Method: random documents.
@Suite struct JSONTreeTests {
  @Test(arguments: 0..<40 as Range<UInt64>) func anySpellingReadsBackAsItsTree(_ seed: UInt64) throws {
    var corpus = JSONCorpus(seed: seed)
    for _ in 0..<30 {
      let tree = corpus.tree()
      #expect(try JSONTree.parse(corpus.spelling(of: tree).span) == tree)
      #expect(try JSONTree.parse(tree.encoded.span) == tree)
    }
  }

  @Test func writingIsCompactAndPlacesCommas() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("a", "x\"\u{1}\n")
    writer.key("b")
    writer.beginArray()
    writer.integer(-1)
    writer.double(0.5)
    writer.double(.infinity)
    writer.beginObject()
    writer.endObject()
    writer.bool(true)
    writer.null()
    writer.endArray()
    writer.member("c", nil as String?)
    writer.member("d", raw: Array("[1, 2]".utf8))
    writer.key("e")
    writer.escapedString(Array("\\n".utf8))
    writer.endObject()
    let expected = #"{"a":"x\"\u0001\n","b":[-1,0.5,null,{},true,null],"c":null,"d":[1, 2],"e":"\n"}"#
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test func accessorsSeeOnlyTheirKind() throws {
    let tree = try JSONTree.parse(Array(#"{"s":"x","n":3,"b":true,"a":[1],"o":{},"s":"y"}"#.utf8).span)
    #expect(tree["s"]?.stringValue == "y")
    #expect(tree["n"]?.intValue == 3)
    #expect(tree["b"]?.boolValue == true)
    #expect(tree["a"]?[0]?.intValue == 1)
    #expect(tree["a"]?[1] == nil)
    #expect(tree["o"]?.objectValue == [])
    #expect(tree["n"]?.stringValue == nil)
    #expect(tree["x"] == nil)
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func aSpliceEqualsAnEdit(_ seed: UInt64) throws {
    var corpus = JSONCorpus(seed: seed)
    for _ in 0..<20 {
      guard case .object(let members) = corpus.object() else { continue }
      let bytes = corpus.spelling(of: .object(members))
      let root = try JSONScan.document(bytes.span)

      let inserted = JSONSplice.insertingMember("n\"", value: [0x37], intoObject: root.range, in: bytes)
      let expected = [JSONTree.Member("n\"", .number("7"))] + members
      #expect(try JSONTree.parse(inserted.span) == .object(expected))

      let removed = JSONSplice.removingMember("model", fromObject: root.range, in: bytes)
      #expect(try JSONTree.parse(removed.span) == .object(members.filter { $0.name != "model" }))

      var edits: [JSONEdit] = []
      JSONScan.members(of: root.range, in: bytes.span) {
        if JSONString.key($0.key, in: bytes.span, means: "model") {
          edits.append(JSONEdit($0.value.range, JSONEscape.quoted("é")))
        }
        return true
      }
      let replaced = JSONSplice.applying(edits.shuffled(using: &corpus.random), to: bytes)
      let edited = members.map { $0.name == "model" ? JSONTree.Member("model", .string("é")) : $0 }
      #expect(try JSONTree.parse(replaced.span) == .object(edited))
    }
  }

  @Test func removalKeepsTheOtherBytes() {
    func removing(_ text: String) -> String {
      let bytes = Array(text.utf8)
      let rest = JSONSplice.removingMember("m", fromObject: 0..<bytes.count, in: bytes)
      return String(decoding: rest, as: UTF8.self)
    }
    #expect(removing(#"{ "a" : 1 , "m":2,  "b":3 }"#) == #"{ "a" : 1,  "b":3 }"#)
    #expect(removing(#"{"m":2, "b":3}"#) == #"{"b":3}"#)
    #expect(removing(#"{"a":1, "m":2}"#) == #"{"a":1}"#)
    #expect(removing(#"{"m":1,"m":2}"#) == "{}")
    #expect(removing("{ }") == "{ }")
  }
}
