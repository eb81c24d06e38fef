import Testing
import Wire

@Suite struct JSONNameSearchTests {
  @Test(arguments: 0..<40 as Range<UInt64>) func findsEqualThoseOfANaiveSearch(_ seed: UInt64) {
    var random = CorpusRandom(seed: seed)
    let alphabet = Array("\"\"fuexy\\".utf8)
    let bytes = (0..<60).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
    let search = JSONNameSearch("f", "u", "e")
    for start in 0...bytes.count {
      for end in start...bytes.count {
        let naive = (start..<end).first {
          bytes[$0] == UInt8(ascii: "\"") && $0 + 1 < end && Array("fue".utf8).contains(bytes[$0 + 1])
        }
        #expect(search.next(in: bytes.span, from: start, to: end) == naive)
      }
    }
  }
}
