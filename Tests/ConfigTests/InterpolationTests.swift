import Config
import Policy
import Testing

/// Goal: variables in strings. Method: the text goes through a base path's neighbour that takes any text, `model`.
@Suite struct InterpolationTests {
  private let fixture = ConfigFixture(environment: ["A": "one", "B_2": "two", "EMPTY": "", "EVIL": "${A}"])

  private func expanded(_ text: String) throws -> String? {
    try fixture.load("{upstreams: [{name: 'd', kind: 'demo'}], models: [{name: 'x', model: '\(text)'}]}")
      .models.lookup("x")?.options.firstTarget.model
  }

  @Test(arguments: [
    ("${A}", "one"), ("<${A}-${B_2}>", "<one-two>"), ("${NONE:-three}", "three"), ("${EMPTY:-three}", "three"),
    ("${A:-three}", "one"), ("${NONE:-a:-b}", "a:-b"), ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("$A $ $$", "$A $ $$"),
    ("${EVIL}", "${A}"), ("x${EMPTY}y", "xy"), ("x${NONE:-}y", "xy"),
  ])
  func variablesAreReplaced(text: String, expected: String) throws {
    #expect(try expanded(text) == expected)
  }

  @Test func anUnsetVariableNamesPathPlaceAndVariable() {
    #expect(
      fixture.mistakes("{\n  keys: [{name: 'a', key: '${NONE}'}],\n}") == [
        "test.json5:2:27: keys[0].key: the environment variable NONE is not set; `${NONE:-…}` would give it a default"
      ])
  }

  @Test(arguments: ["${A", "${}", "${1A}", "${A-b}", "${A:b}", "${ A}", "${A:=b}"])
  func aMalformedReferenceIsAMistake(text: String) {
    let mistakes = fixture.mistakes("{listen: {host: '\(text)'}}")
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.hasPrefix("test.json5:1:17: listen.host: ") == true)
    #expect(mistakes.first?.contains("`${NAME:-default}`") != mistakes.first?.contains("is never closed"))
  }

  @Test func aValueIsBounded() {
    let fixture = ConfigFixture(environment: ["A": String(repeating: "x", count: 40_000)])
    #expect(
      fixture.mistakes("{listen: {host: '${A}${A}'}}") == [
        "test.json5:1:17: listen.host: is longer than 64 KiB with its variables"
      ])
  }

  @Test func numbersAndTruthValuesMayComeFromVariables() throws {
    let fixture = ConfigFixture(environment: ["PORT": "9000", "ON": "true", "WAIT": "2", "SIZE": "1MiB"])
    let text = """
      {listen: {port: '${PORT}', insecure: '${ON}'}, retry: {jitter: '${J:-0.5}'}, drain: '${WAIT}',
       limits: {body: '${SIZE}', head: '${HEAD:-2048}'}}
      """
    let configuration = try fixture.load(text)
    #expect(configuration.listen.port == 9000)
    #expect(configuration.listen.insecure)
    #expect(configuration.retry.jitter == 0.5)
    #expect(configuration.drain == .seconds(2))
    #expect(configuration.limits.bodyBytesMax == 1 << 20)
    #expect(configuration.limits.headBytesMax == 2048)
  }
}
