import Config
import Policy
import Testing
import Wire

@testable import Gateway

struct CompressionTests {
  @Test(arguments: [
    "gzip", "GZIP", "x-gzip", "gzip, deflate, br", "br,gzip", "deflate , gzip ", "gzip;q=1.0", "gzip;q=0.001",
    "gzip ; q=0.5", "*", "*;q=0.1", "identity;q=0, *", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip;Q=1",
  ])
  func `clients that list gzip with a weight accept it`(value: String) {
    #expect(Compression.acceptsGzip(value))
  }

  @Test(arguments: [
    nil, "", " ", "identity", "br", "deflate, br", "gzip;q=0", "gzip;q=0.0", "gzip; q=0.000", "GZIP;Q=0", "*;q=0",
    "*, gzip;q=0", "gzip;q=0, *", "gzipped", "not-gzip", ",,,",
  ])
  func `clients that do not, or refuse it, get it not`(value: String?) {
    #expect(!Compression.acceptsGzip(value))
  }

  private func apply(
    _ body: [UInt8], type: String? = "application/json", accepts: String = "gzip",
    _ configuration: Configuration = Configuration()
  ) throws -> Compression.Encoded {
    let head = try ParsedRequest(fields: ["Host: localhost", "Accept-Encoding: \(accepts)"]).head
    return Compression.apply(body, type: type, head: head, snapshot: Snapshot.forTests(configuration))
  }

  private let long = [UInt8](repeating: 97, count: Limits.compressFromBytes + 1)

  @Test(arguments: [
    "application/json", "application/json; charset=utf-8", "text/plain", "application/problem+json", "TEXT/HTML",
  ])
  func `long texts are compressed and come out as they went in`(type: String) throws {
    let encoded = try apply(long, type: type)
    #expect(encoded.isGzip && encoded.mayVary)
    #expect(encoded.bytes.count < long.count)
    #expect(try Gzip.decompress(encoded.bytes) == long)
    var fields: [UInt8] = []
    encoded.appendFields(to: &fields)
    #expect(String(decoding: fields, as: UTF8.self) == "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n")
  }

  @Test func `a client that takes no gzip gets the text, and caches are told that others might not`() throws {
    let encoded = try apply(long, accepts: "br")
    #expect(!encoded.isGzip && encoded.mayVary && encoded.bytes == long)
  }

  @Test func `short texts, other types and a gateway told not to are left alone`() throws {
    let short = [UInt8](repeating: 97, count: Limits.compressFromBytes)
    for encoded in [
      try apply(short), try apply(long, type: "audio/mpeg"), try apply(long, type: nil),
      try apply(long, type: "application/octet-stream"),
      try apply(long, Configuration(compression: false)),
    ] {
      #expect(!encoded.isGzip && !encoded.mayVary)
      var fields: [UInt8] = []
      encoded.appendFields(to: &fields)
      #expect(fields.isEmpty)
    }
  }

  @Test func `what compressing would make longer stays as it is`() throws {
    var random = SplitMix64(seed: 1)
    let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }
    let encoded = try apply(noise)
    #expect(!encoded.isGzip && encoded.bytes == noise)
  }
}
