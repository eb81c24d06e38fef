import Config
import Testing

/// Goal: everything JSON5 allows is read, everything else names its place. Method: small documents, compared as text
/// or with the exact failure.
@Suite struct JSON5ReaderTests {
  private func value(_ text: String) throws -> ConfigNode.Value {
    try JSON5Reader.read(Array(text.utf8)).value
  }

  private func failure(_ text: String) -> JSON5Failure? {
    do throws(JSON5Failure) {
      _ = try JSON5Reader.read(Array(text.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test func theExampleOfTheSpecificationIsRead() throws {
    let text = """
      {
        // comments
        unquoted: 'and you can quote me on that',
        singleQuotes: 'I can use "double quotes" here',
        lineBreaks: "Look, Mom! \\
      No \\\\n's!",
        hexadecimal: 0xdecaf,
        leadingDecimalPoint: .8675309, andTrailing: 8675309.,
        positiveSign: +1,
        trailingComma: 'in objects', andIn: ['arrays',],
        "backwardsCompatible": "with JSON",
      }
      """
    let node = try JSON5Reader.read(Array(text.utf8))
    #expect(node["unquoted"]?.value == .string("and you can quote me on that"))
    #expect(node["singleQuotes"]?.value == .string("I can use \"double quotes\" here"))
    #expect(node["lineBreaks"]?.value == .string("Look, Mom! No \\n's!"))
    #expect(node["hexadecimal"]?.value == .number(0xdecaf))
    #expect(node["leadingDecimalPoint"]?.value == .number(0.8675309))
    #expect(node["andTrailing"]?.value == .number(8675309))
    #expect(node["positiveSign"]?.value == .number(1))
    #expect(node["andIn"]?.elements.map(\.value) == [.string("arrays")])
    #expect(node["backwardsCompatible"]?.value == .string("with JSON"))
    #expect(node.members.count == 10)
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("12", 12), ("-1.5e3", -1500), ("1E-2", 0.01), ("5.", 5), (".5", 0.5), ("+.5", 0.5),
    ("0x10", 16), ("-0XfF", -255), ("5.e1", 50), ("9007199254740992", 9_007_199_254_740_992),
  ])
  func numbersAreRead(text: String, expected: Double) throws {
    #expect(try value(text) == .number(expected))
  }

  @Test(arguments: [
    (#""\b\f\n\r\t\v\0\'\"\\\/\a""#, "\u{8}\u{C}\n\r\t\u{B}\0'\"\\/a"),
    (#"'\x41\u0042\uD83D\uDE00'"#, "AB😀"),
    ("'a\\\r\nb\\\nc\\\rd\\\u{2028}e'", "abcde"),
    ("'\u{2028}é'", "\u{2028}é"),
  ])
  func stringsAreUnescaped(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test func keysMayBeAnyIdentifier() throws {
    let node = try JSON5Reader.read(Array("{$a_1: 1, ünï: 2, \\u0061b: 3, true: 4}".utf8))
    #expect(node.members.map(\.key) == ["$a_1", "ünï", "ab", "true"])
  }

  @Test func spaceAndCommentsMayStandAnywhere() throws {
    let text = "\u{FEFF}/* a */ [ // b\n 1 /**/ , \u{A0}\u{2003}\u{2028}2 /* * / */ ] // end"
    #expect(try JSON5Reader.read(Array(text.utf8)).elements.map(\.value) == [.number(1), .number(2)])
  }

  @Test func everyKeyAndValueKnowsItsPlace() throws {
    let node = try JSON5Reader.read(Array("{\r\n  é: 1,\r  b: [\n\ttrue]}".utf8))
    #expect(node.origin == .file(line: 1, column: 1))
    #expect(node.members[0].origin == .file(line: 2, column: 3))
    #expect(node.members[0].value.origin == .file(line: 2, column: 6))
    #expect(node.members[1].origin == .file(line: 3, column: 3))
    #expect(node["b"]?.elements[0].origin == .file(line: 4, column: 2))
  }

  @Test(arguments: [
    ("", 1, 1, "expected a value, found the end of the file"),
    ("{a: 1", 1, 1, "this `{` is never closed"),
    ("[1,\n[2,", 2, 1, "this `[` is never closed"),
    ("{a 1}", 1, 4, "expected `:` after the key `a`, found `1`"),
    ("{a: 1 b: 2}", 1, 7, "expected `,` or `}` after the value, found `b`"),
    ("{,}", 1, 2, "expected a key or `}`, found `,`"),
    ("[1 2]", 1, 4, "expected `,` or `]` after the value, found `2`"),
    ("{a: }", 1, 5, "expected a value, found `}`"),
    ("{} {}", 1, 4, "expected the end of the file after the value, found `{`"),
    ("{\n  host: localhost }", 2, 9, "this is no value; text needs quotes"),
    ("[Infinity]", 1, 2, "`Infinity` is not accepted: every number must be finite"),
    ("[-Infinity]", 1, 2, "`Infinity` is not accepted: every number must be finite"),
    ("[+NaN]", 1, 2, "`NaN` is not accepted: every number must be finite"),
    ("[NaN]", 1, 2, "`NaN` is not accepted: every number must be finite"),
    ("[1e999]", 1, 2, "this number is too large"),
    ("[010]", 1, 2, "a number must not start with more zeros than one"),
    ("[0x]", 1, 2, "`0x` needs hexadecimal digits"),
    ("[1e]", 1, 2, "an exponent needs digits"),
    ("[.]", 1, 2, "this is no number"),
    ("[-]", 1, 2, "this is no number"),
    ("[10s]", 1, 2, "this is no number; text, also a duration or size with its unit, needs quotes"),
    ("['a\nb']", 1, 2, "this string is never closed"),
    ("['a", 1, 2, "this string is never closed"),
    ("['\\", 1, 3, "expected an escape such as `\\n` or `\\u0041` after the backslash"),
    ("['\\01']", 1, 3, "octal escapes are not accepted"),
    ("['\\7']", 1, 3, "octal escapes are not accepted"),
    ("['\\xg0']", 1, 3, "`\\x` needs two hexadecimal digits"),
    ("['\\u12']", 1, 4, "`\\u` needs four hexadecimal digits"),
    ("['\\uD800x']", 1, 4, "half of a surrogate pair stands alone"),
    ("['\\uDC00']", 1, 4, "half of a surrogate pair stands alone"),
    ("['\\uD800\\u0041']", 1, 4, "half of a surrogate pair stands alone"),
    ("/* a", 1, 1, "this comment is never closed with `*/`"),
    ("[\u{1}]", 1, 2, "expected a value, found a control character"),
    ("{a: \n", 2, 1, "expected a value, found the end of the file"),
  ])
  func aMistakeNamesItsPlace(text: String, line: Int, column: Int, message: String) {
    #expect(failure(text) == JSON5Failure(line: line, column: column, message: message))
  }

  @Test func invalidUTF8NamesItsPlace() {
    #expect(throws: JSON5Failure(line: 2, column: 3, message: "the file is not valid UTF-8")) {
      try JSON5Reader.read(Array("[\n 1".utf8) + [0xC3, 0x28])
    }
  }

  @Test func nestingEndsAtItsBound() throws {
    let deepest = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
    _ = try value(deepest)
    #expect(failure("[" + deepest + "]") == JSON5Failure(line: 1, column: 33, message: "nested deeper than 32 levels"))
    #expect(failure(String(repeating: "[", count: 1 << 20))?.message == "nested deeper than 32 levels")
  }

  @Test func sizeEndsAtItsBound() throws {
    let largest = "[]" + String(repeating: " ", count: JSON5Reader.bytesMax - 2)
    #expect(try value(largest) == .array([]))
    #expect(failure(largest + " ")?.message == "the file is larger than 16 MiB")
  }

  /// Every prefix of a document that uses every token either fails with a place inside it or is read; none traps.
  @Test func everyCutOfADocumentIsSurvived() {
    let text = #"{/*c*/ a: ['x\u0041\x41\uD83D\uDE00\n', -0x1F, 1.5e+3, .5, true, null], "b\0": {c: 'd'} /**/} // e"#
    let bytes = Array(text.utf8)
    for end in 0..<bytes.count - 5 {
      do throws(JSON5Failure) {
        _ = try JSON5Reader.read(Array(bytes[..<end]))
        Issue.record("a cut after \(end) bytes was read")
      } catch {
        #expect(error.line == 1 && error.column <= end + 1, "after \(end) bytes")
      }
    }
  }
}
