import Testing

@testable import Wire

/// Goal: what is compressed expands to itself in any pieces, and limits hold. Method: round trips and damage.
@Suite struct GzipTests {
  private static func sample(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = CorpusRandom(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0x61...0x68, using: &random) }
  }

  private static func inflate(_ bytes: [UInt8], step: Int, limits: GzipLimits = GzipLimits()) throws -> [UInt8] {
    let inflater = try GzipInflater(limits: limits)
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: step) {
      try inflater.inflate(bytes.span.extracting(start..<min(start + step, bytes.count)), into: &output)
    }
    try inflater.finish()
    return output
  }

  @Test(arguments: [0, 1, 100, 32 << 10, 64 << 10, 100_000], [1, 6, 9]) func roundTrip(_ count: Int, _ level: Int)
    throws
  {
    let bytes = Self.sample(count)
    let packed = try #require(Gzip.compress(bytes, level: level))
    #expect(try Gzip.decompress(packed) == bytes)
  }

  @Test(arguments: [1, 7, 1000]) func piecesOfAnySizeExpandToTheSame(_ step: Int) throws {
    let bytes = Self.sample(70_000)
    let packed = try #require(Gzip.compress(bytes))
    #expect(try Self.inflate(packed, step: step) == bytes)
  }

  @Test(arguments: [1, 1 << 20]) func membersInARowAreOneStream(_ step: Int) throws {
    let first = Self.sample(5000)
    let second = Self.sample(3000, seed: 2)
    let packed = try #require(Gzip.compress(first)) + #require(Gzip.compress(second))
    #expect(try Self.inflate(packed, step: step) == first + second)
  }

  @Test func everyTruncationIsNoticed() throws {
    let packed = try #require(Gzip.compress(Self.sample(200)))
    for count in 0..<packed.count {
      #expect(throws: GzipFailure.truncated) { try Gzip.decompress(Array(packed[..<count])) }
    }
  }

  @Test func damageIsNoticed() throws {
    let packed = try #require(Gzip.compress(Self.sample(200)))
    #expect(throws: GzipFailure.corrupt) { try Gzip.decompress(Array("plain text".utf8)) }
    #expect(throws: GzipFailure.corrupt) { try Gzip.decompress(packed + [1, 2, 3]) }
    var flipped = packed
    flipped[packed.count - 6] ^= 1
    #expect(throws: GzipFailure.corrupt) { try Gzip.decompress(flipped) }
  }

  @Test func aFailureStays() throws {
    let inflater = try GzipInflater()
    var output: [UInt8] = []
    let garbage: [UInt8] = [1, 2, 3]
    let nothing: [UInt8] = []
    #expect(throws: GzipFailure.corrupt) { try inflater.inflate(garbage.span, into: &output) }
    #expect(throws: GzipFailure.corrupt) { try inflater.inflate(nothing.span, into: &output) }
    #expect(throws: GzipFailure.corrupt) { try inflater.finish() }
  }

  @Test func outputIsCapped() throws {
    let packed = try #require(Gzip.compress(Self.sample(100_000)))
    #expect(throws: GzipFailure.tooLarge) { try Gzip.decompress(packed, limits: GzipLimits(outputBytesMax: 99_999)) }
    #expect(try Gzip.decompress(packed, limits: GzipLimits(outputBytesMax: 100_000)).count == 100_000)
  }

  @Test func expansionIsCappedByRatioBeyondTheFreeSize() throws {
    let zeros = try #require(Gzip.compress([UInt8](repeating: 0, count: 500_000)))
    #expect(throws: GzipFailure.tooLarge) {
      try Gzip.decompress(zeros, limits: GzipLimits(ratioMax: 100, ratioFreeBytes: 100_000))
    }
    #expect(try Gzip.decompress(zeros, limits: GzipLimits(ratioMax: 100, ratioFreeBytes: 500_000)).count == 500_000)
  }

  @Test func aSyncFlushMakesAllInputReadable() throws {
    let deflater = try GzipDeflater()
    let inflater = try GzipInflater()
    var expanded: [UInt8] = []
    for word in ["data: one\n\n", "data: two\n\n", "data: [DONE]\n\n"] {
      var packed: [UInt8] = []
      deflater.deflate(Array(word.utf8).span, .sync, into: &packed)
      let before = expanded.count
      try inflater.inflate(packed.span, into: &expanded)
      #expect(String(decoding: expanded[before...], as: UTF8.self) == word)
    }
    let nothing: [UInt8] = []
    var end: [UInt8] = []
    deflater.deflate(nothing.span, .finish, into: &end)
    try inflater.inflate(end.span, into: &expanded)
    try inflater.finish()
  }
}
