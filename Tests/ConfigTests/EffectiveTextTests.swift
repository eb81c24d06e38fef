import Config
import Policy
import Testing

/// Goal: the effective text is true, is valid input and gives no secret away. Method: read it again.
@Suite struct EffectiveTextTests {
  private static let everything = """
    {
      listen: { host: "127.0.0.3", port: 1, loops: 2, allowed_hosts: ["box"] },
      base_paths: ["/a"],
      upstreams: [
        { name: "a", base_url: "https://a.example/v1", auth: "none", http: "1.1", verify_tls: false, proxy: "" },
        { name: "b", base_url: "http://b:1", timeouts: { idle: 1.25 }, retry: { factor: 1.5, statuses: [] },
          breaker: { open_for: "1s" }, concurrency: { max: 3, queue: 0 }, health_check: { path: "/x?y" } },
        { name: "c", kind: "demo", breaker: "off", retry: "once" },
      ],
      models: [
        { name: "m", upstream: "a", model: "$${x} \\"\\\\ é" },
        { name: "p/*", upstream: "b", model: "*", retry: { attempts: 1 } },
        { name: "*", upstream: "c", timeouts: { total: "90s" } },
        { name: "q/*", targets: [{ upstream: "a", weight: 2, priority: 1, timeouts: { idle: "7s" }, retry: "once" },
            { upstream: "b", model: "z*", prefill: true, retry: { max: "1s" } }],
          strategy: "fastest", fallbacks: ["m", "p/*"], context_fallbacks: ["m"], content_filter_fallbacks: ["p/x"],
          recovery: "resume", malformed_events: "skip", stream_upstream: true, blocking_keep_alive: "30s",
          timeouts: { total: "80s" }, concurrency: { max: 1 } },
      ],
      retry_policies: { once: { attempts: 1 } }, retry_budget: "off", breaker: { error_ratio: 0.75 },
      concurrency: { max: 7, wait: "1s" }, queue_comments: true,
      timeouts: { connect: "250ms" }, limits: { body: 5000 }, cors: { origins: ["*"], max_age: 0 },
      client: { half_close: "serve" }, keep_alive: "off", drain: "1h", log: { format: "text" }, compression: false,
    }
    """

  @Test func theTextMeansTheSameAgain() throws {
    let configuration = try ConfigFixture().load(Self.everything)
    let text = configuration.effectiveText()
    let again = try ConfigFixture().load(text)
    #expect(again == configuration)
    #expect(again.effectiveText() == text)
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 140 })
  }

  @Test func theTextHasEveryOption() throws {
    let text = try ConfigFixture().load(Self.everything).effectiveText()
    let root = try JSON5Reader.read(Array(text.utf8))
    let names = OptionTable.root.options.map(\.name).filter { $0 != "$schema" && $0 != "retry_policies" }
    #expect(root.members.map(\.key).sorted() == names.sorted())
    for name in ["listen", "timeouts", "retry", "breaker", "concurrency", "limits", "cors", "client", "log"] {
      let option = try #require(OptionTable.root.options.first { $0.name == name })
      #expect(root[name]?.members.map(\.key) == option.type.options.map(\.name), "\(name)")
    }
    let model = try #require(root["models"]?.elements.last)
    let options = OptionTable.root.options.first { $0.name == "models" }?.type.options ?? []
    // Beside targets these three have nothing to say: each target has its own.
    #expect(
      model.members.map(\.key).sorted()
        == options.map(\.name).filter { !["upstream", "model", "retry"].contains($0) }.sorted())
  }

  @Test func secretsAreMasked() throws {
    let fixture = ConfigFixture(environment: ["SLUICE_KEYS": "env:0123456789environ"])
    let digest = Digest(sha256: "x").hex
    let configuration = try fixture.load(
      """
      {
        keys: [{ name: "a", key: "sk-abcdefgh12345678" }, { name: "b", key: "short-secret" },
          { name: "c", sha256: "\(digest)" }],
        upstreams: [{ name: "u", base_url: "http://h", key: "upstream-secret-wxyz", proxy: "http://me:pass@p:1",
                      headers: { "x-token": "header-secret-7890" } },
                    { name: "v", base_url: "http://h", keys: ["first-of-many-1111", "second-of-many-2222"] }],
        models: [{ name: "*", upstream: "u" }],
      }
      """)
    let text = configuration.effectiveText()
    for secret in [
      "abcdefgh", "short", "upstream-s", "pass@", "header-secret", "of-many", "0123456789", String(digest.prefix(16)),
    ] {
      #expect(!text.contains(secret), "\(secret)")
    }
    for mask in [
      "sk-…5678", "***", "…wxyz", "http://***@p:1", "…7890", "…iron", "…" + digest.suffix(4), "…1111", "…2222",
    ] {
      #expect(text.contains("\"\(mask)\""), "\(mask)")
    }
  }

  @Test func aMaskIsNoValidKey() throws {
    let text = try ConfigFixture(environment: ["OPENAI_API_KEY": "sk-abcdefgh12345678"]).load(nil).effectiveText()
    #expect(ConfigFixture().mistakes(text).count == 1)
  }

  @Test func noticesStandOnTopAsComments() throws {
    let text = try ConfigFixture().load(nil).effectiveText()
    #expect(text.hasPrefix("// Note: no upstream is configured"))
    _ = try JSON5Reader.read(Array(text.utf8))
  }

  @Test(arguments: [
    ("", "***"), ("short", "***"), ("123456789012", "***"), ("1234567890123", "…0123"), ("sk-1234567890", "sk-…7890"),
  ])
  func aSecretShowsAtMostItsEnd(secret: String, mask: String) {
    let secret = Secret(secret)
    #expect(secret.masked == mask)
    #expect("\(secret)" == mask)
    #expect(String(reflecting: secret) == mask)
    var dumped = ""
    dump(ClientKey(name: "a", credential: .key(secret)), to: &dumped)
    #expect(secret.value.isEmpty || !dumped.contains(secret.value))
  }
}
