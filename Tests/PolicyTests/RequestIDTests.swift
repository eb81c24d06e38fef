import Policy
import Testing

struct RequestIDTests {
  @Test(arguments: ["a", "req_123", "A-Z.a:z_0-9", String(repeating: "x", count: 128)])
  func `a client's id of the allowed characters is taken as it is`(text: String) {
    #expect(RequestID(accepting: text)?.description == text)
  }

  @Test(arguments: [
    "", String(repeating: "x", count: 129), "a b", "a/b", "a\r\nb", "a\"b", "é", "a\u{0}", "a%20b", "a,b", "a@b", "[",
    "`",
    "{",
  ])
  func `any other id is refused`(text: String) {
    #expect(RequestID(accepting: text) == nil)
  }

  @Test func `a made id is req_ and 26 digits of Crockford base32`() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<200 {
      let id = RequestID.generate(unixMilliseconds: 1_795_000_000_000, using: &random).description
      #expect(id.utf8.count == 30)
      #expect(id.hasPrefix("req_"))
      #expect(id.dropFirst(4).allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".contains($0) })
      #expect(RequestID(accepting: id) != nil)
    }
  }

  @Test func `the bits come out in order`() {
    var zero = Fixed(value: 0)
    var ones = Fixed(value: .max)
    #expect(RequestID.generate(unixMilliseconds: 0, using: &zero).description == "req_00000000000000000000000000")
    #expect(
      RequestID.generate(unixMilliseconds: 0xFFFF_FFFF_FFFF, using: &ones).description
        == "req_7zzzzzzzzzzzzzzzzzzzzzzzzz")
    // The published ULID example for this moment begins with the ten digits of its time.
    #expect(
      RequestID.generate(unixMilliseconds: 1_469_918_176_385, using: &zero).description.hasPrefix("req_01aryz6s41"))
  }

  @Test func `ids made later sort later`() {
    var random = SplitMix64(seed: 7)
    let ids = (0..<100).map {
      RequestID.generate(unixMilliseconds: 1_795_000_000_000 + UInt64($0) * 33, using: &random).description
    }
    #expect(ids == ids.sorted())
  }

  @Test func `ids of one moment differ`() {
    var random = SplitMix64(seed: 7)
    let ids = Set((0..<1000).map { _ in RequestID.generate(unixMilliseconds: 5, using: &random) })
    #expect(ids.count == 1000)
  }

  private struct Fixed: RandomNumberGenerator {
    var value: UInt64
    func next() -> UInt64 { value }
  }
}

struct SplitMix64Tests {
  @Test func `the sequence is the published one`() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func `unit numbers fill 0 up to but not including 1`() {
    var random = SplitMix64(seed: 3)
    let numbers = (0..<10_000).map { _ in random.unit() }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    #expect(numbers.contains { $0 < 0.01 } && numbers.contains { $0 > 0.99 })
  }
}
