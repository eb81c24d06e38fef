import Policy
import Testing

@testable import Gateway

struct OwnIDTests {
  @Test func `ids of the gateway's making are known again`() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<100 {
      let tail = OwnID.makeTail(using: &random)
      #expect(tail.utf8.count == 32)
      #expect(OwnID.isOwn("resp_" + tail))
      #expect(OwnID.isOwn("conv_" + tail))
      #expect(OwnID.isOwn("msg_" + tail + "o0"))
      #expect(!OwnID.isOwn(tail))
    }
  }

  @Test(arguments: [
    "resp_68a1f0e4c9b08190a2b3c4d5e6f70819", "resp_0123456789abcdef0123456789abcdef", "resp_", "resp", "",
    "resp_g", "resp_g0123456789abcdef",
  ])
  func `ids of upstreams are not`(id: String) { #expect(!OwnID.isOwn(id)) }
}
