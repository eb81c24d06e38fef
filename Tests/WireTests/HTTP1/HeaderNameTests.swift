import Testing

@testable import Wire

@Suite struct HeaderNameTests {
  private func named(_ name: some Collection<UInt8>) -> HeaderName? {
    HeaderName.named(Array(name).span)
  }

  @Test(arguments: HeaderName.allCases)
  func eachNameIsFoundInAnyCase(_ name: HeaderName) {
    let spelling = "\(name.spelling)"
    for spelled in [spelling, spelling.lowercased(), spelling.uppercased()] {
      #expect(named(spelled.utf8) == name)
    }
  }

  @Test(arguments: HeaderName.allCases)
  func aSpellingIsItsCasesNameWithoutHyphens(_ name: HeaderName) {
    let plain = "\(name.spelling)".filter { $0 != "-" }.lowercased()
    #expect(plain == "\(name)".lowercased())
  }

  @Test(arguments: HeaderName.allCases)
  func aNameWithOneByteChangedIsAnother(_ name: HeaderName) {
    var bytes = Array("\(name.spelling)".utf8)
    for index in bytes.indices {
      let byte = bytes[index]
      bytes[index] = UInt8(ascii: "~")
      #expect(named(bytes) == nil)
      bytes[index] = byte
    }
    #expect(named(bytes + [0x78]) == nil)
  }

  @Test(arguments: [
    "", "x", "Hosts", "Content_Length", "Transfer-Encodin", "a-name-that-is-longer-than-all-known-names",
  ])
  func otherNamesAreUnknown(_ name: String) {
    #expect(named(name.utf8) == nil)
  }
}
