import Testing

@testable import Gateway

struct PercentCodingTests {
  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("%41", "A"), ("a%2Fb%2fc", "a/b/c"), ("%25", "%"), ("%2541", "%41"),
    ("caf%C3%A9", "café"), ("a+b", "a+b"), ("é", "é"), ("%E2%82%AC%20", "€ "),
  ])
  func `escapes are decoded once`(text: String, decoded: String) {
    #expect(PercentCoding.decode(text) == decoded)
  }

  @Test(arguments: ["%", "%4", "%zz", "%4g", "a%", "a%2", "%%", "100%"])
  func `what is no escape stays as it is`(text: String) {
    #expect(PercentCoding.decode(text) == text)
  }

  @Test func `a broken escape does not swallow a good one behind it`() {
    #expect(PercentCoding.decode("%%41") == "%A")
    #expect(PercentCoding.decode("%4%41") == "%4A")
  }

  @Test func `bytes that are no text become replacement characters`() {
    #expect(PercentCoding.decode("a%FFb") == "a\u{FFFD}b")
  }
}
