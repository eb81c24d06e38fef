import Config
import Policy
import Testing

/// Goal: what a correct file means. Method: small files, the resulting structures.
@Suite struct ConfigurationLoadTests {
  @Test func anEmptyFileMeansTheDefaults() throws {
    let configuration = try ConfigFixture().load("{}")
    var expected = Configuration()
    expected.upstreams = configuration.upstreams
    expected.models = configuration.models
    expected.notices = configuration.notices
    #expect(configuration == expected)
  }

  /// The defaults of the map, section 6, and of the structures other modules read.
  @Test func theDefaultsArePinned() {
    let configuration = Configuration()
    #expect(configuration.listen == ListenOptions(host: "127.0.0.1", port: 8080, insecure: false, loops: 0))
    #expect(configuration.limits.bodyBytesMax == 33_554_432)
    #expect(configuration.limits.headBytesMax == 32_768)
    #expect(configuration.limits.headersMax == 100)
    #expect(configuration.limits.connectionsMax == 16_384)
    #expect(configuration.client.headerTimeout == .seconds(10))
    #expect(configuration.client.bodyTimeout == .seconds(30))
    #expect(configuration.client.idleTimeout == .seconds(75))
    #expect(configuration.client.halfClose == .cancel)
    #expect(configuration.keepAlive == .seconds(15))
    #expect(configuration.retryBudget == RetryBudgetPolicy(ratio: 0.2, window: .seconds(10), floor: 10))
    #expect(configuration.breaker.openFor == .seconds(2))
    #expect(configuration.breaker.openMax == .seconds(7))
    #expect(configuration.breaker.consecutiveFailures == 5)
    #expect(configuration.limit == nil)
    #expect(!configuration.queueComments)
    #expect(configuration.drain == .seconds(30))
    #expect(configuration.cors == CORSOptions(origins: [], maxAge: .seconds(600)))
    #expect(configuration.compression)
    #expect(configuration.log == LogOptions(format: .json, access: true))
  }

  @Test func modelsInheritFromUpstreamAndDefaults() throws {
    let configuration = try ConfigFixture().load(
      """
      {
        timeouts: { connect: "1s", idle: 20 },
        retry: { attempts: 5, statuses: [500] },
        upstreams: [
          { name: "a", base_url: "http://a/v1", timeouts: { idle: "30s" }, retry: { attempts: 4 } },
          { name: "b", base_url: "http://b/v1" },
        ],
        models: [
          { name: "m", upstream: "a", model: "real", timeouts: { total: "1m" }, retry: { jitter: 0 } },
          { name: "*", upstream: "b" },
        ],
      }
      """)
    let match = try #require(configuration.models.lookup("m"))
    #expect(match.options.firstTarget.upstream == 0)
    #expect(match.options.firstTarget.model == "real")
    #expect(
      match.options.firstTarget.timeouts
        == Timeouts(connect: .seconds(1), firstEvent: .seconds(120), idle: .seconds(30), total: .seconds(60)))
    #expect(match.options.firstTarget.retry == RetryPolicy(attempts: 4, jitter: 0, statuses: [500]))
    #expect(configuration.upstreams[0].timeouts.idle == .seconds(30))
    #expect(configuration.upstreams[0].retry.attempts == 4)
    #expect(configuration.upstreams[1].timeouts.idle == .seconds(20))
    #expect(configuration.models.lookup("other")?.options.firstTarget.upstream == 1)
    #expect(configuration.defaultUpstream == 1)
  }

  @Test(arguments: [
    ("", "", HTTPUpstreamOptions.Auth.passthrough), ("", "key: 'k',", .keys([Secret("k")])),
    ("", "auth: 'none',", .none), ("{name: 'c', key: 'x'}", "", .none),
    ("{name: 'c', key: 'x'}", "auth: 'passthrough',", .passthrough),
    ("{name: 'c', key: 'x'}", "key_file: 'f', auth: 'key',", .keys([Secret("from-file")])),
  ])
  func authFollowsFromTheKeys(keys: String, upstream: String, auth: HTTPUpstreamOptions.Auth) throws {
    var fixture = ConfigFixture()
    fixture.files["f"] = "from-file\n"
    let text = "{keys: [\(keys)], upstreams: [{\(upstream) name: 'u', base_url: 'http://h'}]}"
    #expect(try fixture.load(text).upstreams[0].http?.auth == auth)
  }

  @Test func passthroughBesideKeysIsNoticed() throws {
    let text = """
      {keys: [{name: 'c', key: 'x'}], upstreams: [{name: 'u', base_url: 'http://h', auth: 'passthrough'}]}
      """
    #expect(try ConfigFixture().load(text).notices.first?.hasPrefix("upstream u gets the clients'") == true)
  }

  @Test func anUpstreamTakesEveryOption() throws {
    var fixture = ConfigFixture(files: ["conf/ca.pem": "# mine\n-----BEGIN CERTIFICATE-----\n"])
    fixture.name = "conf/sluice.json5"
    let configuration = try fixture.load(
      """
      {upstreams: [{name: 'u', base_url: 'https://h/v1/', auth: 'none', http: '2', ca_file: 'ca.pem', verify_tls: false,
        proxy: 'socks5h://p:1080', headers: {Authorization: 'Basic x', 'api-key': 'y'}}]}
      """)
    #expect(
      configuration.upstreams[0].http
        == HTTPUpstreamOptions(
          baseURL: try BaseURL("https://h/v1"), auth: .none,
          headers: [
            .init(name: "Authorization", value: Secret("Basic x")), .init(name: "api-key", value: Secret("y")),
          ],
          version: .http2, caFile: "conf/ca.pem", verifyTLS: false, proxy: .url(Secret("socks5h://p:1080"))))
  }

  @Test(arguments: [("proxy: '',", HTTPUpstreamOptions.Proxy.none), ("", .environment)])
  func theProxyMayBeTurnedOff(option: String, proxy: HTTPUpstreamOptions.Proxy) throws {
    let configuration = try ConfigFixture().load("{upstreams: [{\(option) name: 'u', base_url: 'http://h'}]}")
    #expect(configuration.upstreams[0].http?.proxy == proxy)
  }

  @Test func clientKeysBecomeATable() throws {
    let digest = Digest(sha256: "third").hex
    var fixture = ConfigFixture(files: ["/run/secrets/second": "second\r\n"])
    fixture.name = "conf/sluice.json5"
    let configuration = try fixture.load(
      """
      {keys: [{name: 'a', key: 'first', admin: true}, {name: 'b', key_file: '/run/secrets/second'},
              {name: 'c', sha256: '\(digest)'}]}
      """)
    let table = configuration.keyTable()
    #expect(table.owner(presenting: Array("first".utf8).span)?.name == "a")
    #expect(table.owner(presenting: Array("first".utf8).span)?.isAdmin == true)
    #expect(table.owner(presenting: Array("second".utf8).span)?.name == "b")
    #expect(table.owner(presenting: Array("third".utf8).span)?.name == "c")
    #expect(table.owner(presenting: Array("third".utf8).span)?.isAdmin == false)
    #expect(table.owner(presenting: Array("fourth".utf8).span) == nil)
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("::1", true), ("0.0.0.0", false), ("::", false),
    ("127.0.0.1.evil.example", false), ("127.1", false), ("10.0.0.1", false), ("127.0.0.256", false),
  ])
  func onlyLoopbackAddressesNeedNoKeys(host: String, isLoopback: Bool) {
    #expect(ListenOptions(host: host).isLoopback == isLoopback)
    #expect(ConfigFixture().mistakes("{listen: {host: '\(host)'}}").isEmpty == isLoopback)
    #expect(ConfigFixture().mistakes("{listen: {host: '\(host)', insecure: true}}").isEmpty)
    #expect(ConfigFixture().mistakes("{listen: {host: '\(host)'}, keys: [{name: 'a', key: 'b'}]}").isEmpty)
  }

  @Test func keepAliveMayBeOff() throws {
    #expect(try ConfigFixture().load("{keep_alive: 'off'}").keepAlive == nil)
    #expect(try ConfigFixture().load("{keep_alive: 20}").keepAlive == .seconds(20))
  }

  @Test func everyOtherOptionIsRead() throws {
    let configuration = try ConfigFixture().load(
      """
      {
        $schema: "./schema.json",
        listen: { host: "[::1]", port: 0, loops: 3, allowed_hosts: ["Box.Local"] },
        base_paths: ["/a", "/b/c-d"],
        limits: { body: "1KiB", head: 2048, headers: 10, connections: 7 },
        cors: { origins: ["https://App.example:8443", "app://obsidian.md"], max_age: "1h" },
        client: { header_timeout: "1s", body_timeout: "2s", idle_timeout: 1.5, half_close: "serve" },
        drain: 0, log: { format: "text", access: false }, compression: false,
      }
      """)
    #expect(configuration.listen == ListenOptions(host: "::1", port: 0, loops: 3, allowedHosts: ["box.local"]))
    #expect(configuration.basePaths == ["/a", "/b/c-d"])
    #expect(
      configuration.limits == LimitOptions(bodyBytesMax: 1024, headBytesMax: 2048, headersMax: 10, connectionsMax: 7))
    #expect(
      configuration.cors
        == CORSOptions(origins: ["https://app.example:8443", "app://obsidian.md"], maxAge: .seconds(3600)))
    #expect(
      configuration.client
        == ClientOptions(
          headerTimeout: .seconds(1), bodyTimeout: .seconds(2), idleTimeout: .milliseconds(1500), halfClose: .serve))
    #expect(configuration.drain == .zero)
    #expect(configuration.log == LogOptions(format: .text, access: false))
    #expect(!configuration.compression)
  }

  @Test func originsAreAllowedByName() {
    let some = CORSOptions(origins: ["https://a.example"])
    #expect(some.allows("https://a.example"))
    #expect(some.allows("HTTPS://A.example"))
    #expect(!some.allows("https://b.example"))
    #expect(!some.allows("null"))
    #expect(!CORSOptions().allows("https://a.example"))
    #expect(CORSOptions(origins: ["*"]).allows("https://anything.example"))
  }
}
