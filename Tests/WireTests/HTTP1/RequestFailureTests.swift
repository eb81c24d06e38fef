import Testing

@testable import Wire

@Suite struct RequestFailureTests {
  @Test(arguments: RequestFailure.Reason.allCases)
  func eachReasonHasAFixtureWithItsStatus(_ reason: RequestFailure.Reason) {
    let line = "failed \(RequestFailure(reason).status) \(reason.rawValue)"
    #expect(RequestFixture.all.contains { $0.log.last == line })
  }

  @Test func detailsAreDistinctFragments() {
    let details = RequestFailure.Reason.allCases.map { RequestFailure($0).detail }
    #expect(Set(details).count == details.count)
    for detail in details { #expect(!detail.isEmpty && !detail.hasSuffix(".")) }
  }

  @Test func aDetailNamesTheLimit() {
    #expect(RequestFailure(.tooManyHeaders, limit: 100).detail == "there are too many header fields (the limit is 100)")
  }

  @Test func theDefaultLimitsAreTheDocumentedOnes() {
    let limits = RequestLimits()
    #expect(limits.headBytesMax == 32_768)
    #expect(limits.headersMax == 100)
    #expect(limits.targetBytesMax == 8_192)
    #expect(limits.bodyBytesMax == 33_554_432)
    #expect(limits.trailerBytesMax == 8_192)
  }
}
