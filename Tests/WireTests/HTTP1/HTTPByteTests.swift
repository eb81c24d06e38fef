import Testing

@testable import Wire

/// Goal: the byte classes are those of the RFCs. Method: each of the 256 bytes against the characters spelled out.
@Suite struct HTTPByteTests {
  private static let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

  @Test func tokenBytesAreThoseOfRFC9110() {
    let expected = Set((Self.alphanumerics + "!#$%&'*+-.^_`|~").utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(HTTPByte.isToken(byte) == expected.contains(byte), "byte \(byte)")
    }
  }

  @Test func hostNameBytesAreThoseOfRFC3986() {
    let expected = Set((Self.alphanumerics + "-._~" + "!$&'()*+,;=").utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(HTTPByte.isHostName(byte) == expected.contains(byte), "byte \(byte)")
    }
  }

  @Test func targetBytesAreVisibleASCIIWithoutTheFragmentSign() {
    for byte in UInt8.min...UInt8.max {
      #expect(HTTPByte.isTarget(byte) == (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")), "byte \(byte)")
    }
  }

  @Test func fieldValueBytesAreAllButControlsOtherThanTab() {
    for byte in UInt8.min...UInt8.max {
      let isControl = byte < 0x20 || byte == 0x7F
      #expect(HTTPByte.isFieldValue(byte) == (!isControl || byte == 9), "byte \(byte)")
    }
  }

  @Test func digitsHaveTheirValues() {
    for byte in UInt8.min...UInt8.max {
      let text = byte < 0x80 ? String(UnicodeScalar(byte)) : ""
      let isSigned = text == "+" || text == "-"
      #expect(HTTPByte.digit(byte) == (isSigned ? nil : Int(text)), "byte \(byte)")
      #expect(HTTPByte.hexDigit(byte) == (isSigned ? nil : Int(text, radix: 16)), "byte \(byte)")
    }
  }

  @Test func onlyTheCaseOfLettersIsIgnored() {
    func isEqual(_ text: String, _ other: StaticString) -> Bool {
      HTTPByte.equalIgnoringCase(text.utf8.span, other)
    }
    #expect(isEqual("cHuNkEd-1", "ChUnKeD-1"))
    #expect(isEqual("", ""))
    #expect(!isEqual("chunke", "chunked"))
    #expect(!isEqual("a@b", "a`b"))
    #expect(!isEqual("a[b", "a{b"))
  }

  @Test func equalMindsTheCase() {
    func isEqual(_ text: String, _ other: StaticString) -> Bool {
      HTTPByte.equal(text.utf8.span, other)
    }
    #expect(isEqual("GET", "GET"))
    #expect(!isEqual("get", "GET"))
    #expect(!isEqual("GET ", "GET"))
  }

  @Test func listsAreSplitAtCommasAndTrimmed() {
    let text = " a ,\t,b c,"
    var elements: [String] = []
    HTTPByte.elements(of: 0..<text.utf8.count, in: text.utf8.span) { range in
      elements.append(String(decoding: Array(text.utf8)[range], as: UTF8.self))
      return true
    }
    #expect(elements == ["a", "", "b c", ""])
  }
}
