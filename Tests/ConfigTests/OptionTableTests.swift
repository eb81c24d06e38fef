import Config
import Policy
import Testing

/// Goal: table, structures, schema, page and example files say the same. Method: render or read each and compare.
@Suite struct OptionTableTests {
  /// What the example files and the page refer to.
  private let fixture = ConfigFixture(
    environment: ["ALICE_KEY": "alice-key", "OPENAI_API_KEY": "sk-test", "CI_KEY": "ci-key", "LAB_TOKEN": "t"],
    files: ["/run/secrets/bob": "bob-key\n", "/run/secrets/openai": "sk-test\n"])

  private func example(_ name: String) throws -> String {
    try RepositoryFile(path: "config/\(name)").text()
  }

  // MARK: - Table

  @Test func theDefaultsOfTheTableAreThoseOfTheStructures() throws {
    let text = Self.defaults(of: OptionTable.root.options)
    #expect(try fixture.load(text) == fixture.load("{}"))
    #expect(text.contains("half_close: \"cancel\""))
  }

  /// A document that sets every option with a plain default to just that.
  private static func defaults(of options: [ConfigOption]) -> String {
    let members = options.compactMap { option -> String? in
      if case .section(let inner) = option.type { return "\(option.name): \(defaults(of: inner))" }
      guard case .value(let value) = option.standard else { return nil }
      return "\(option.name): \(value)"
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  @Test func everyDefaultOfAnElementFitsItsType() throws {
    for (list, rest) in [("keys", "name: 'a', key: 'b'"), ("upstreams", "name: 'a', base_url: 'http://h'")] {
      let option = try #require(OptionTable.root.options.first { $0.name == list })
      let inner = Self.defaults(of: option.type.options).dropFirst().dropLast()
      #expect(fixture.mistakes("{\(list): [{\(rest), \(inner)}]}").isEmpty)
    }
  }

  @Test func everyOptionHasASummary() {
    for option in OptionTable.root.options + OptionTable.root.options.flatMap(\.type.options) {
      #expect(option.summary.hasSuffix("."), "\(option.name)")
      #expect(!option.summary.contains("|"), "\(option.name)")
    }
  }

  // MARK: - Schema

  @Test func theSchemaIsMadeFromTheTable() throws {
    let file = RepositoryFile(path: "config/schema.json")
    try file.update(to: OptionSchema.text)
    #expect(try file.text() == OptionSchema.text, "SLUICE_UPDATE_GENERATED=1 swift test writes it anew")
  }

  @Test func theSchemaNamesJustTheOptionsOfTheTable() throws {
    let schema = try JSON5Reader.read(Array(RepositoryFile(path: "config/schema.json").text().utf8))
    Self.compare(schema, OptionTable.root, "")
  }

  private static func compare(_ schema: ConfigNode, _ type: OptionType, _ path: String) {
    var type = type
    var schema = schema
    if case .list(let element, _) = type, let items = schema["items"] { (type, schema) = (element, items) }
    guard case .section(let options) = type else { return }
    #expect(schema["properties"]?.members.map(\.key) == options.map(\.name), "\(path)")
    #expect(schema["additionalProperties"]?.value == .bool(false), "\(path)")
    for option in options {
      guard let inner = schema["properties"]?[option.name] else { continue }
      compare(inner, option.type, "\(path).\(option.name)")
    }
  }

  // MARK: - Page

  @Test func thePageHasTheTables() throws {
    let file = RepositoryFile(path: "docs/configuration.md")
    let text = try file.text()
    let begin = try #require(text.firstRange(of: OptionDocument.begin))
    let end = try #require(text.firstRange(of: OptionDocument.end))
    let expected = text[..<begin.upperBound] + "\n" + OptionDocument.text + "\n" + text[end.lowerBound...]
    try file.update(to: String(expected))
    #expect(try file.text() == String(expected), "SLUICE_UPDATE_GENERATED=1 swift test writes it anew")
  }

  @Test func everyExampleOfThePageIsValid() throws {
    let blocks = try RepositoryFile(path: "docs/configuration.md").text().split(separator: "```json5\n").dropFirst()
    #expect(blocks.count >= 8)
    for block in blocks {
      let text = String(block[..<(try #require(block.firstRange(of: "```"))).lowerBound])
      #expect(fixture.mistakes(text) == [], "\(text)")
    }
  }

  // MARK: - Example files

  @Test func theFullExampleIsValidAndHasTheDefaults() throws {
    let configuration = try fixture.load(example("sluice.json5"))
    let standard = Configuration()
    #expect(configuration.listen == standard.listen)
    #expect(configuration.timeouts == standard.timeouts)
    #expect(configuration.retry == standard.retry)
    #expect(configuration.limits == standard.limits)
    #expect(configuration.cors.maxAge == standard.cors.maxAge)
    #expect(configuration.client == standard.client)
    #expect(configuration.keepAlive == standard.keepAlive)
    #expect(configuration.drain == standard.drain)
    #expect(configuration.log == standard.log)
    #expect(configuration.compression == standard.compression)
    #expect(configuration.models.lookup("local/qwen3")?.options.firstTarget.model == "qwen3")
  }

  @Test func theFullExampleShowsEveryOption() throws {
    let text = try example("sluice.json5")
    let root = try JSON5Reader.read(Array(text.utf8))
    #expect(root.members.map(\.key) == OptionTable.root.options.map(\.name))
    for option in OptionTable.root.options {
      for inner in option.type.options {
        let shown =
          root[option.name]?[inner.name] != nil
          || root[option.name]?.elements.contains { $0[inner.name] != nil } == true
          || text.contains("\(inner.name): \"")
        #expect(shown, "\(option.name).\(inner.name)")
      }
    }
  }

  @Test func theMinimalExampleIsValid() throws {
    let configuration = try fixture.load(example("minimal.json5"))
    #expect(configuration.upstreams.map(\.name) == ["openai"])
    #expect(configuration.models.lookup("anything")?.options.firstTarget.upstream == 0)
  }

  /// Bad input never traps: bytes of the example are changed, dropped and doubled, always the same way.
  @Test func aDamagedExampleIsSurvived() throws {
    let bytes = Array(try example("sluice.json5").utf8)
    var random = SplitMix64(seed: 2)
    for _ in 0..<200 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<damaged.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: index)
        default: damaged.insert(damaged[index], at: index)
        }
      }
      do throws(ConfigErrors) {
        _ = try fixture.load(String(decoding: damaged, as: UTF8.self)).effectiveText()
      } catch {
        #expect(!error.errors.isEmpty)
      }
    }
  }
}
