import Config
import Policy
import Testing

/// Goal: what environment and command line do, with and without a file. Method: made-up environments.
@Suite struct EnvironmentTests {
  private func load(_ environment: [String: String], _ text: String? = nil) throws -> Configuration {
    try ConfigFixture(environment: environment).load(text)
  }

  // MARK: - Upstreams without a file

  @Test(arguments: [nil, "{}", "{upstreams: [], models: []}"])
  func withNothingSetTheDemoAnswersEveryModel(text: String?) throws {
    let configuration = try load([:], text)
    #expect(configuration.upstreams == [UpstreamOptions(name: "demo", kind: .demo)])
    #expect(configuration.models.listedNames == ["demo"])
    #expect(configuration.models.lookup("gpt-5")?.options.firstTarget.model == "gpt-5")
    #expect(configuration.models.lookup("demo")?.options.firstTarget.upstream == 0)
    #expect(configuration.notices.count == 1)
  }

  @Test func anOpenAIKeyMeansOpenAI() throws {
    let configuration = try load(["OPENAI_API_KEY": "sk-1"])
    let http = try #require(configuration.upstreams[0].http)
    #expect(configuration.upstreams.count == 1)
    #expect(configuration.upstreams[0].name == "openai")
    #expect(
      http
        == HTTPUpstreamOptions(
          baseURL: try BaseURL("https://api.openai.com/v1"), auth: .keys([Secret("sk-1")]), apis: [.chat, .responses],
          chat: .openAI))
    #expect(configuration.models.lookup("gpt-5")?.options.firstTarget.model == "gpt-5")
    #expect(configuration.models.listedNames.isEmpty)
    #expect(configuration.notices.isEmpty)
  }

  @Test func openAIMayBeElsewhere() throws {
    let environment = ["OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "http://h:1/v1/"]
    #expect(try load(environment).upstreams[0].http?.baseURL.text == "http://h:1/v1")
  }

  @Test(arguments: [
    (["SLUICE_UPSTREAM": "http://h:1/v1"], HTTPUpstreamOptions.Auth.passthrough),
    (["SLUICE_UPSTREAM": "http://h:1/v1", "OPENAI_API_KEY": "sk-1"], .passthrough),
    (["SLUICE_UPSTREAM": "http://h:1/v1", "SLUICE_UPSTREAM_KEY": "k"], .keys([Secret("k")])),
    (["SLUICE_UPSTREAM": "http://h:1/v1", "SLUICE_UPSTREAM_KEY": ""], .passthrough),
    (["SLUICE_UPSTREAM": "http://h:1/v1", "SLUICE_KEYS": "a:b"], .none),
  ])
  func anUpstreamFromTheEnvironmentWins(environment: [String: String], auth: HTTPUpstreamOptions.Auth) throws {
    let configuration = try load(environment)
    #expect(configuration.upstreams.map(\.name) == ["upstream"])
    #expect(configuration.upstreams[0].http == HTTPUpstreamOptions(baseURL: try BaseURL("http://h:1/v1"), auth: auth))
    #expect(configuration.models.lookup("any")?.options.firstTarget.upstream == 0)
  }

  @Test(arguments: ["OPENAI_API_KEY", "SLUICE_UPSTREAM", "SLUICE_HOST", "SLUICE_KEYS", "SLUICE_INSECURE"])
  func anEmptyVariableIsAnUnsetOne(name: String) throws {
    #expect(try load([name: ""]) == load([:]))
  }

  @Test func variablesThatAreNotUsedAreNoticed() throws {
    #expect(try load(["OPENAI_BASE_URL": "http://h"]).notices.first?.hasPrefix("OPENAI_BASE_URL is set but") == true)
    let file = "{upstreams: [{name: 'd', kind: 'demo'}]}"
    let configuration = try load(["SLUICE_UPSTREAM": "http://h", "OPENAI_API_KEY": "k"], file)
    #expect(configuration.notices.map { $0.prefix(15) } == ["SLUICE_UPSTREAM"])
    #expect(configuration.upstreams.map(\.name) == ["d"])
  }

  @Test func modelsOfAFileMayUseTheUpstreamOfTheEnvironment() throws {
    let configuration = try load(["OPENAI_API_KEY": "k"], "{models: [{name: 'fast', model: 'gpt-5-nano'}]}")
    #expect(configuration.models.lookup("fast")?.options.firstTarget.model == "gpt-5-nano")
    #expect(configuration.models.lookup("other") == nil)
    #expect(configuration.defaultUpstream == 0)
  }

  // MARK: - Settings

  @Test func theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws {
    var fixture = ConfigFixture(environment: ["SLUICE_HOST": "127.0.0.2", "SLUICE_PORT": "2"])
    let file = "{listen: {host: '127.0.0.1', port: 1, loops: 1}}"
    #expect(try fixture.load(file).listen == ListenOptions(host: "127.0.0.2", port: 2, loops: 1))
    fixture.overrides = ConfigurationOverrides(port: "3", loops: "4")
    #expect(try fixture.load(file).listen == ListenOptions(host: "127.0.0.2", port: 3, loops: 4))
    fixture.overrides = ConfigurationOverrides(host: "localhost")
    #expect(try fixture.load(nil).listen == ListenOptions(host: "localhost", port: 2))
  }

  @Test func keysOfTheEnvironmentAreAdded() throws {
    let configuration = try load(["SLUICE_KEYS": "a:s3cret, b:x:y"], "{keys: [{name: 'f', key: 'k'}]}")
    #expect(
      configuration.keys == [
        ClientKey(name: "f", credential: .key(Secret("k"))), ClientKey(name: "a", credential: .key(Secret("s3cret"))),
        ClientKey(name: "b", credential: .key(Secret("x:y"))),
      ])
  }

  @Test func keysOfTheEnvironmentOpenAnAddress() throws {
    #expect(try load(["SLUICE_HOST": "0.0.0.0", "SLUICE_KEYS": "a:b"]).listen.host == "0.0.0.0")
    #expect(try load(["SLUICE_HOST": "0.0.0.0", "SLUICE_INSECURE": "1"]).listen.insecure)
  }

  @Test func originsOfTheEnvironmentReplaceThoseOfTheFile() throws {
    let environment = ["SLUICE_CORS_ORIGINS": "https://a.example, http://localhost:3000"]
    let configuration = try load(environment, "{cors: {origins: ['https://b.example'], max_age: 5}}")
    #expect(
      configuration.cors
        == CORSOptions(origins: ["https://a.example", "http://localhost:3000"], maxAge: .seconds(5)))
  }

  @Test(arguments: [
    (
      ["SLUICE_PORT": "x"],
      "environment variable SLUICE_PORT: listen.port: must be a whole number from 0 to 65535, not "
        + "\"x\""
    ),
    (
      ["SLUICE_HOST": "0.0.0.0"],
      "environment variable SLUICE_HOST: listen.host: other machines can reach 0.0.0.0 and no "
        + "client `keys` are configured; add keys, listen on 127.0.0.1, or set `listen.insecure: true` to let "
        + "everybody in"
    ),
    (
      ["SLUICE_INSECURE": "yes"],
      "environment variable SLUICE_INSECURE: listen.insecure: must be true or false, not "
        + "\"yes\""
    ),
    (["SLUICE_KEYS": "abc"], "environment variable SLUICE_KEYS: entry 1 is not `name:secret`"),
    (["SLUICE_KEYS": "a:b,"], "environment variable SLUICE_KEYS: entry 2 is not `name:secret`"),
    (["SLUICE_KEYS": "a:"], "environment variable SLUICE_KEYS: keys[0].key: is empty; leave the option out for none"),
    (["SLUICE_KEYS": "a:b,a:c"], "environment variable SLUICE_KEYS: keys[1].name: `a` is there twice"),
    (
      ["SLUICE_UPSTREAM": "h:1"],
      "environment variable SLUICE_UPSTREAM: upstreams[0].base_url: must start with http:// "
        + "or https://"
    ),
    (
      ["OPENAI_API_KEY": "a b"],
      "environment variable OPENAI_API_KEY: upstreams[0].key: contains a space, a line end or "
        + "another character that is not visible ASCII"
    ),
    (
      ["SLUICE_CORS_ORIGINS": "*,https://a"],
      "environment variable SLUICE_CORS_ORIGINS: cors.origins[0]: `*` must stand "
        + "alone: it allows every origin"
    ),
  ])
  func aMistakeNamesItsVariable(environment: [String: String], message: String) {
    #expect(ConfigFixture(environment: environment).mistakes(nil) == [message])
  }

  @Test func aMistakeNamesItsArgument() {
    var fixture = ConfigFixture()
    fixture.overrides = ConfigurationOverrides(host: "0.0.0.0", port: "-1", loops: "many")
    #expect(
      fixture.mistakes(nil).map { $0.prefix(22) } == [
        "argument --port: liste", "argument --loops: list", "argument --host: liste",
      ])
  }
}
