import Testing

@testable import Wire

/// Goal: input that nobody thought of neither crashes the parser nor makes it depend on how it was cut. Method: the
/// fixtures with a few bytes changed, dropped, doubled or inserted, whole against byte by byte, at an unmapped page.
@Suite struct RequestMutationTests {
  @Test(arguments: RequestFixture.all.filter { $0.request.count < 1000 })
  func aMutatedRequestReadsTheSameInOnePieceAndInBytes(_ fixture: RequestFixture) {
    var random = Generator(state: fixture.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let page = GuardPage(capacity: fixture.request.count + 16)
    for _ in 0..<40 {
      let feeder = SplitFeeder(mutate(fixture.request, &random))
      let logs = [feeder.whole, feeder.byteByByte].map {
        RequestDriver.log(of: $0.pieces, limits: fixture.limits, page: page, showsFields: true)
      }
      #expect(logs[0] == logs[1], "\(EventLog.escaped(feeder.bytes))")
    }
  }

  private static let favourites = Array("\r\n\t\0 :;,0fF#%*/?\u{7F}".utf8) + [0x80, 0xFF]

  private func mutate(_ bytes: [UInt8], _ random: inout Generator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let index = bytes.indices.randomElement(using: &random) ?? 0
      let byte = Self.favourites.randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[index] = byte
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(bytes[index], at: index)
      default: bytes.insert(byte, at: index)
      }
    }
    return bytes
  }

  /// A repeatable generator: Knuth's linear congruence, its better high bits folded down.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 32)
    }
  }
}
