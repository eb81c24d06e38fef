import Config
import Policy
import Testing

/// Goal: table, structures, schema, page and example files say the same. Method: render or read each and compare.
@Suite struct OptionTableTests {
  /// What the example files and the page refer to.
  private let fixture = ConfigFixture(
    environment: [
      "ALICE_KEY": "alice-key", "OPENAI_API_KEY": "sk-test", "CI_KEY": "ci-key", "LAB_TOKEN": "t",
      "APP_KEY": "app-key", "OPS_KEY": "ops-key", "EAST_KEY_1": "e1", "EAST_KEY_2": "e2", "WEST_KEY": "w",
    ],
    files: [
      "/run/secrets/bob": "bob-key\n", "/run/secrets/openai": "sk-test\n", "/etc/sluice/cert.pem": "c",
      "/etc/sluice/key.pem": "k",
    ])

  private func example(_ name: String) throws -> String {
    try RepositoryFile(path: "config/\(name)").text()
  }

  // MARK: - Table

  @Test func theDefaultsOfTheTableAreThoseOfTheStructures() throws {
    let text = Self.defaults(of: OptionTable.root.options)
    #expect(try fixture.load(text) == fixture.load("{}"))
    for part in ["half_close: \"cancel\"", "attempts: 3", "floor: 10", "open_max: \"7s\"", "concurrency: \"off\""] {
      #expect(text.contains(part), "\(part)")
    }
  }

  /// A document that sets every option with a plain default to just that.
  private static func defaults(of options: [ConfigOption]) -> String {
    let members = options.compactMap { option -> String? in
      switch (option.standard, option.type) {
      case (.value(let value), _): "\(option.name): \(value)"
      case (.words("see there"), _): "\(option.name): \(defaults(of: option.type.options))"
      case (_, .section(let inner)): "\(option.name): \(defaults(of: inner))"
      default: nil
      }
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  @Test func everyDefaultOfAnElementFitsItsType() throws {
    for (list, rest) in [
      ("keys", "name: 'a', key: 'b'"), ("upstreams", "name: 'a', base_url: 'http://h'"), ("models", "name: 'a'"),
    ] {
      let option = try #require(OptionTable.root.options.first { $0.name == list })
      let inner = Self.defaults(of: option.type.options).dropFirst().dropLast()
      #expect(fixture.mistakes("{\(list): [{\(rest), \(inner)}]}").isEmpty)
    }
  }

  /// Every option at every depth, with its path.
  private static func all(_ options: [ConfigOption], _ prefix: String = "") -> [(path: String, option: ConfigOption)] {
    options.flatMap { option in
      [(prefix + option.name, option)] + all(option.type.options, prefix + option.name + ".")
    }
  }

  @Test func everyDefaultOfASharedSectionFitsItsType() throws {
    #expect(try fixture.load("{concurrency: {max: 2, queue: 100, wait: '30s'}}").limit == QueueLimit(concurrency: 2))
    let check = "{path: '/models', interval: '10s', timeout: '5s'}"
    let upstream = "{name: 'a', base_url: 'http://h', health_check: \(check)}"
    #expect(try fixture.load("{upstreams: [\(upstream)]}").upstreams[0].healthCheck == HealthCheck())
  }

  @Test func everyOptionHasASummary() {
    for (_, option) in Self.all(OptionTable.root.options) {
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
    switch type {
    case .sectionOrOff, .sectionOrName: schema = schema["anyOf"]?.elements.first ?? schema
    case .sections: schema = schema["additionalProperties"] ?? schema
    default: break
    }
    let options = type.options
    guard !options.isEmpty else { return }
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

  @Test(arguments: [("docs/configuration.md", 15), ("README.md", 1)])
  func everyExampleInADocumentIsValid(document: String, atLeast: Int) throws {
    let blocks = try RepositoryFile(path: document).text().split(separator: "```json5\n").dropFirst()
    #expect(blocks.count >= atLeast)
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
    #expect(configuration.retryBudget == standard.retryBudget)
    #expect(configuration.breaker == standard.breaker)
    #expect(configuration.limit == standard.limit)
    #expect(configuration.queueComments == standard.queueComments)
    #expect(configuration.limits == standard.limits)
    #expect(configuration.cors.maxAge == standard.cors.maxAge)
    #expect(configuration.client == standard.client)
    #expect(configuration.keepAlive == standard.keepAlive)
    #expect(configuration.drain == standard.drain)
    #expect(configuration.log == standard.log)
    #expect(configuration.compression == standard.compression)
    #expect(configuration.models.lookup("local/qwen3")?.options.firstTarget.model == "qwen3")
    #expect(configuration.notices.isEmpty)
    #expect(configuration.models.lookup("fast")?.options.targets.count == 2)
  }

  @Test func theFullExampleShowsEveryOption() throws {
    let text = try example("sluice.json5")
    let root = try JSON5Reader.read(Array(text.utf8))
    #expect(root.members.map(\.key) == OptionTable.root.options.map(\.name))
    for (path, _) in Self.all(OptionTable.root.options) {
      let names = path.split(separator: ".").map(String.init)
      // Sections that stand in several places are shown once.
      if names.count > 2, OptionTable.root.options.contains(where: { $0.name == names[1] }) { continue }
      if names.count > 3, OptionTable.root.options.contains(where: { $0.name == names[2] }) { continue }
      #expect(Self.shows(root, names[...], text), "\(path)")
    }
  }

  /// Whether the option stands in the tree, anywhere below a list, or, as the last name, in a comment.
  private static func shows(_ node: ConfigNode, _ names: ArraySlice<String>, _ text: String) -> Bool {
    guard let name = names.first else { return true }
    if node.elements.contains(where: { shows($0, names, text) }) { return true }
    if let inner = node[name] { return shows(inner, names.dropFirst(), text) }
    return names.count == 1 && text.contains("\(name): ")
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
