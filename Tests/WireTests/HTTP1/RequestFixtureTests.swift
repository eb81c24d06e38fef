import Testing

@testable import Wire

/// Goal: every rule of the request side holds however the network cuts the bytes. Method: each fixture runs whole, byte
/// by byte, at every split point, and with a valid request glued to it; all input lies against an unmapped page.
@Suite struct RequestFixtureTests {
  @Test func thereAreEnoughFixturesAndTheirNamesDiffer() {
    #expect(RequestFixture.all.count >= 260)
    #expect(Set(RequestFixture.all.map(\.testDescription)).count == RequestFixture.all.count)
  }

  @Test(arguments: RequestFixture.all)
  func logIsTheSameForEveryCut(_ fixture: RequestFixture) {
    let page = GuardPage(capacity: fixture.request.count)
    for cut in SplitFeeder(fixture.request).cuts {
      let log = log(cut.pieces, fixture, page)
      guard log == fixture.log else {
        #expect(log == fixture.log, "\(cut.name)")
        return
      }
    }
    #expect(log([fixture.request[...]], fixture, page, edge: .front) == fixture.log, "against the page in front")
  }

  @Test(arguments: RequestFixture.all)
  func aRequestGluedToTheEndIsReadOnlyAfterACompleteOne(_ fixture: RequestFixture) {
    if fixture.log.last == "incomplete" { return }
    let followUp = Array("GET /next HTTP/1.1\r\nHost: next\r\n\r\n".utf8)
    let hasFailed = fixture.log.last?.hasPrefix("failed") ?? false
    var expected = fixture.log
    if !hasFailed {
      expected.append("head GET target=/next path=/next HTTP/1.1 no-body keep-alive")
      if fixture.showsFields { expected.append("field host Host=next") }
      expected.append("end")
    }
    let feeder = SplitFeeder(fixture.request + followUp)
    let page = GuardPage(capacity: feeder.bytes.count)
    for cut in [feeder.whole, feeder.byteByByte] {
      #expect(log(cut.pieces, fixture, page) == expected, "\(cut.name)")
    }
  }

  @Test(arguments: RequestFixture.all)
  func aRequestGluedToTheFrontChangesNothing(_ fixture: RequestFixture) {
    // As short as a request can be: the limits of some fixtures are tight.
    let expected = ["head GET target=/ path=/ HTTP/1.0 no-body close", "end"] + fixture.log
    let feeder = SplitFeeder(Array("GET / HTTP/1.0\r\n\r\n".utf8) + fixture.request)
    let page = GuardPage(capacity: feeder.bytes.count)
    for cut in [feeder.whole, feeder.byteByByte] {
      #expect(log(cut.pieces, fixture, page) == expected, "\(cut.name)")
    }
  }

  private func log(
    _ pieces: [ArraySlice<UInt8>], _ fixture: RequestFixture, _ page: GuardPage, edge: GuardPage.Edge = .back
  ) -> [String] {
    RequestDriver.log(
      of: pieces, limits: fixture.limits, page: page, edge: edge, showsFields: fixture.showsFields)
  }
}
