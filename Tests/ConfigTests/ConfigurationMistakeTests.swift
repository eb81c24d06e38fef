import Config
import Testing

/// Goal: every mistake is found, all of them at once, each with its place. Method: one wrong document per row and the
/// exact line that must come out.
@Suite struct ConfigurationMistakeTests {
  private static let upstream = "upstreams: [{name: 'openai', base_url: 'http://h/v1'}]"

  @Test func allMistakesAreReportedAtOnceInTheOrderOfTheFile() {
    let text = """
      {
        listen: { port: 70000, hots: "x" },
        upstreams: [
          { name: "a", base_url: "ftp://x" },
          { name: "a", base_url: "http://h/v1", auth: "key" },
        ],
        models: [ { name: "m", upstream: "b" }, { name: "m", upstream: "a" } ],
        drain: "soon",
        drain: "1s",
        upstream: [],
      }
      """
    #expect(
      ConfigFixture().mistakes(text) == [
        "test.json5:2:19: listen.port: must be a whole number from 0 to 65535, not 70000",
        "test.json5:2:26: listen.hots: is no option; did you mean `host`?",
        "test.json5:4:28: upstreams[0].base_url: must start with http:// or https://",
        "test.json5:5:13: upstreams[1].name: `a` is there twice",
        "test.json5:5:49: upstreams[1].auth: \"key\" needs a `key`, `key_file`, `keys` or `key_files`",
        "test.json5:7:36: models[0].upstream: there is no upstream `b`",
        "test.json5:7:51: models[1].name: `m` is there twice",
        "test.json5:8:10: drain: must be a duration such as \"10s\" or \"500ms\", or a number of seconds, from 0s to "
          + "1h, not \"soon\"",
        "test.json5:9:3: drain: is there twice (first on line 8)",
        "test.json5:10:3: upstream: is no option; did you mean `upstreams`?",
      ])
  }

  @Test func aSyntaxErrorIsOneMistake() {
    #expect(
      ConfigFixture().mistakes("{\n  listen: {port: 80 81}\n}") == [
        "test.json5:2:21: expected `,` or `}` after the value, found `8`"
      ])
  }

  @Test(arguments: [
    ("upstraems", "`upstreams`"), ("basePaths", "`base_paths`"), ("keep-alive", "`keep_alive`"),
    ("port", "`listen.port`"), ("base_url", "`upstreams[].base_url`"), ("MODELS", "`models`"),
    ("compresion", "`compression`"), ("limit", "`limits`"), ("attempts", "`retry.attempts`"),
    ("prefill", "`models[].targets[].prefill`"),
  ])
  func anUnknownOptionGetsTheNearestName(key: String, suggestion: String) {
    #expect(
      ConfigFixture().mistakes("{'\(key)': 1}") == ["test.json5:1:2: \(key): is no option; did you mean \(suggestion)?"]
    )
  }

  @Test func withoutANearNameThereIsNoSuggestion() {
    #expect(ConfigFixture().mistakes("{zebra: 1}") == ["test.json5:1:2: zebra: is no option"])
    let long = String(repeating: "x", count: 1000)
    #expect(ConfigFixture().mistakes("{\(long): 1}") == ["test.json5:1:2: \(long): is no option"])
  }

  @Test(arguments: [
    ("[]", "must be a section: { … }, not a list"),
    ("{listen: 5}", "listen: must be a section: { … }, not 5"),
    ("{keys: {}}", "keys: must be a list: [ … ], not a section"),
    (
      "{drain: null}",
      "drain: must be a duration such as \"10s\" or \"500ms\", or a number of seconds, from 0s to 1h, "
        + "not null (leave the option out instead)"
    ),
    (
      "{drain: -1}",
      "drain: must be a duration such as \"10s\" or \"500ms\", or a number of seconds, from 0s to 1h, "
        + "not -1"
    ),
    (
      "{keep_alive: 0}",
      "keep_alive: must be \"off\" or a duration such as \"10s\" or \"500ms\", or a number of "
        + "seconds, from 1s to 1h, not 0"
    ),
    ("{compression: 1}", "compression: must be true or false, not 1"),
    ("{listen: {port: 1.5}}", "listen.port: must be a whole number from 0 to 65535, not 1.5"),
    ("{listen: {port: 'nan'}}", "listen.port: must be a whole number from 0 to 65535, not \"nan\""),
    ("{retry: {jitter: 2}}", "retry.jitter: must be a number from 0.0 to 1.0, not 2"),
    (
      "{limits: {body: '1'}}",
      "limits.body: must be a size such as \"32KiB\", or a number of bytes, from 1KiB to 1GiB, "
        + "not \"1\""
    ),
    ("{log: {format: 'xml'}}", "log.format: must be \"json\" or \"text\", not \"xml\""),
    ("{listen: {host: ''}}", "listen.host: must not be empty"),
    ("{listen: {host: 'a b'}}", "listen.host: is neither an address nor a host name"),
    (
      "{listen: {host: '0.0.0.0'}}",
      "listen.host: other machines can reach 0.0.0.0 and no client `keys` are configured; "
        + "add keys, listen on 127.0.0.1, or set `listen.insecure: true` to let everybody in"
    ),
    (
      "{listen: {allowed_hosts: ['a:80']}}",
      "listen.allowed_hosts[0]: must be a host name alone, without scheme, port "
        + "and path"
    ),
    ("{base_paths: ['a']}", "base_paths[0]: must start with `/`"),
    ("{base_paths: ['/a/']}", "base_paths[0]: must not end with `/`"),
    ("{base_paths: ['/']}", "base_paths[0]: must not end with `/`"),
    ("{base_paths: ['/a//b']}", "base_paths[0]: must be path segments of letters, digits and any of `. _ - @`"),
    ("{base_paths: ['/../b']}", "base_paths[0]: must be path segments of letters, digits and any of `. _ - @`"),
    ("{base_paths: ['/a?b']}", "base_paths[0]: must be path segments of letters, digits and any of `. _ - @`"),
    ("{base_paths: ['/a', '/a']}", "base_paths[1]: is there twice"),
    ("{cors: {origins: ['*', 'https://a']}}", "cors.origins[0]: `*` must stand alone: it allows every origin"),
    (
      "{cors: {origins: ['https://a/']}}",
      "cors.origins[0]: must be an origin such as `https://app.example:8443`, "
        + "without a path"
    ),
    (
      "{cors: {origins: ['null']}}",
      "cors.origins[0]: must be an origin such as `https://app.example:8443`, "
        + "without a path"
    ),
    (
      "{retry: {statuses: [401]}}",
      "retry.statuses[0]: 401 says that the request itself is wrong; it is never tried "
        + "again"
    ),
    ("{retry: {attempts: 0}}", "retry.attempts: must be a whole number from 1 to 10, not 0"),
    (
      "{timeouts: {idle: '0s'}}",
      "timeouts.idle: must be a duration such as \"10s\" or \"500ms\", or a number of "
        + "seconds, from 1ms to 24h, not \"0s\""
    ),
    ("{listen: {host: 'a\\nb'}}", "listen.host: contains a line end or another control character"),
  ])
  func aWrongValueSaysWhatWouldBeRight(text: String, message: String) throws {
    let mistakes = ConfigFixture().mistakes(text)
    let first = try #require(mistakes.first)
    #expect(first.split(separator: ": ", maxSplits: 1).last.map(String.init) == message)
  }

  @Test(arguments: [
    ("{}", ["keys[0].name: is missing", "keys[0]: needs one of `key`, `key_file` and `sha256`"]),
    ("{name: 'a', key: 'x', sha256: 'y'}", ["keys[0].sha256: takes only one of `key`, `key_file` and `sha256`"]),
    ("{name: 'a', sha256: 'y'}", ["keys[0].sha256: must be 64 hexadecimal digits"]),
    ("{name: 'a', key: ''}", ["keys[0].key: is empty; leave the option out for none"]),
    ("{name: 'a:b', key: 'x'}", ["keys[0].name: must be letters, digits and any of `. _ - @`"]),
    (
      "{name: 'a', key: 'x y'}",
      [
        "keys[0].key: contains a space, a line end or another character that is not visible ASCII"
      ]
    ),
    ("{name: 'a', key_file: 'none'}", ["keys[0].key_file: `none`: No such file or directory"]),
    ("{name: 'a', key_file: 'blank'}", ["keys[0].key_file: `blank`: is empty; leave the option out for none"]),
    ("{name: 'a', key_file: 'large'}", ["keys[0].key_file: `large`: is larger than 65536 bytes"]),
    ("{name: 'a', key: 'x'}, {name: 'a', key: 'y'}", ["keys[1].name: `a` is there twice"]),
    ("{name: 'a', key: 'x'}, {name: 'b', key: 'x'}", ["keys[1]: has the same key as `a`"]),
  ])
  func wrongKeysAreFound(keys: String, messages: [String]) {
    let fixture = ConfigFixture(files: ["blank": "\n", "large": String(repeating: "x", count: 65_537)])
    let mistakes = fixture.mistakes("{keys: [\(keys)]}")
    #expect(mistakes.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "" } == messages)
  }

  @Test(arguments: [
    ("{base_url: 'http://h'}", ["upstreams[0].name: is missing"]),
    ("{name: 'u'}", ["upstreams[0].base_url: is missing"]),
    (
      "{name: 'u', base_url: 'http://h', key: 'a', auth: 'none'}",
      [
        "upstreams[0].auth: \"none\" does not use the key that is given"
      ]
    ),
    (
      "{name: 'u', base_url: 'http://h', key: 'a', key_file: 'f'}",
      [
        "upstreams[0].key_file: takes only one of `key`, `key_file`, `keys` and `key_files`"
      ]
    ),
    ("{name: 'u', kind: 'demo', base_url: 'http://h'}", ["upstreams[0].base_url: means nothing for the demo"]),
    (
      "{name: 'u', base_url: 'http://h', proxy: 'ftp://p'}",
      [
        "upstreams[0].proxy: must be a URL that starts with http://, https://, socks4://, socks4a://, socks5:// or "
          + "socks5h://"
      ]
    ),
    ("{name: 'u', base_url: 'http://h', ca_file: 'f'}", ["upstreams[0].ca_file: `f`: has no PEM certificate in it"]),
    ("{name: 'u', base_url: 'http://h', http: 2}", ["upstreams[0].http: must be \"auto\" or \"1.1\" or \"2\", not 2"]),
    (
      "{name: 'u', base_url: 'http://h', headers: {Host: 'x'}}",
      ["upstreams[0].headers.Host: is set by the gateway itself"]
    ),
    (
      "{name: 'u', base_url: 'http://h', headers: {'proxy-x': 'x'}}",
      [
        "upstreams[0].headers.proxy-x: is set by the gateway itself"
      ]
    ),
    ("{name: 'u', base_url: 'http://h', headers: {'a b': 'x'}}", ["upstreams[0].headers.a b: is no header field name"]),
    (
      "{name: 'u', base_url: 'http://h', headers: {a: 'x\\r\\ny: z'}}",
      [
        "upstreams[0].headers.a: contains a line end or another control character"
      ]
    ),
    (
      "{name: 'u', base_url: 'http://h', headers: {a: 'x', A: 'y'}}",
      [
        "upstreams[0].headers.A: is there twice: `a` is the same field"
      ]
    ),
    (
      "{name: 'u', base_url: 'http://h', key: 'k', headers: {Authorization: 'x'}}",
      [
        "upstreams[0].headers.Authorization: needs `auth: \"none\"`, which leaves the field to you"
      ]
    ),
  ])
  func wrongUpstreamsAreFound(upstream: String, messages: [String]) {
    let mistakes = ConfigFixture(files: ["f": "key"]).mistakes("{upstreams: [\(upstream)]}")
    #expect(mistakes.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "" } == messages)
  }

  @Test(arguments: [
    ("{name: 'a*b'}", ["models[0].name: a wildcard has one `*`, at its start or its end"]),
    ("{name: '*a*'}", ["models[0].name: a wildcard has one `*`, at its start or its end"]),
    ("{name: 'a', model: '*'}", ["models[0].model: takes one `*` at most, and only where `name` is a wildcard"]),
    ("{name: 'a*', model: '**'}", ["models[0].model: takes one `*` at most, and only where `name` is a wildcard"]),
    ("{name: 'a', upstream: 'opeani'}", ["models[0].upstream: there is no upstream `opeani`; did you mean `openai`?"]),
    ("{name: 'a', upstream: 'other'}", ["models[0].upstream: there is no upstream `other`"]),
    ("{name: 'a', timeouts: {conect: 1}}", ["models[0].timeouts.conect: is no option; did you mean `connect`?"]),
  ])
  func wrongModelsAreFound(model: String, messages: [String]) {
    let mistakes = ConfigFixture().mistakes("{\(Self.upstream), models: [\(model)]}")
    #expect(mistakes.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "" } == messages)
  }

  @Test func severalUpstreamsNeedModels() {
    let two = "upstreams: [{name: 'a', kind: 'demo'}, {name: 'b', kind: 'demo'}]"
    #expect(
      ConfigFixture().mistakes("{\(two)}") == [
        "test.json5:1:13: models: are missing: with more than one upstream, say which one answers for which model"
      ])
    #expect(
      ConfigFixture().mistakes("{\(two), models: [{name: 'x'}]}") == [
        "test.json5:1:85: models[0].upstream: is missing, and there is more than one upstream"
      ])
  }

  @Test func aMistakeCausesNoOtherMistakes() {
    let fixture = ConfigFixture()
    #expect(fixture.mistakes("{listen: {host: '0.0.0.0'}, keys: [{name: 'a', key_file: 'none'}]}").count == 1)
    #expect(fixture.mistakes("{listen: {host: '0.0.0.0'}, keys: '${NONE}'}").count == 1)
    #expect(fixture.mistakes("{upstreams: {}, models: [{name: 'a', upstream: 'b'}]}").count == 1)
    #expect(
      fixture.mistakes("{upstreams: [{name: 'a', base_url: 'x'}], models: [{name: 'm', upstream: 'a'}]}").count == 1)
    #expect(fixture.mistakes("{upstreams: 5}").count == 1)
    #expect(fixture.mistakes("{keys: [5]}").count == 1)
    #expect(fixture.mistakes("{upstreams: [5], models: [5]}").count == 2)
  }

  @Test func theListOfMistakesIsBounded() {
    let keys = (0..<150).map { "zebra\($0): 1" }.joined(separator: ", ")
    let mistakes = ConfigFixture().mistakes("{\(keys)}")
    #expect(mistakes.count == 101)
    #expect(mistakes.last == "test.json5: and 50 more mistakes")
  }

  @Test func noMessageShowsASecret() {
    let secret = "sk-very secret 0123456789"
    let text = """
      {keys: [{name: 'a', key: '\(secret)'}, {name: 'b', sha256: '\(secret)'}],
       upstreams: [{name: 'u', base_url: 'http://user:\(secret)@h', key: '\(secret)'}]}
      """
    let fixture = ConfigFixture(environment: ["SLUICE_KEYS": secret])
    let mistakes = fixture.mistakes(text)
    #expect(mistakes.count == 5)
    #expect(!mistakes.joined().contains("secret 0123"))
  }

  @Test(arguments: [
    "{keys: [{name: 'a', key: 8675309}]}", "{keys: [{name: 'a', sha256: '8675309'}]}",
    "{keys: [{name: 'a', key: s8675309}]}",
    "{keys: [{name: 'a', key: 8675309s}]}", "{keys: [{name: 'a', key: '${KEY:8675309}'}]}",
    "{upstreams: [{name: 'a', base_url: 'http://h', headers: {a: 8675309}}]}",
    "{upstreams: [{name: 'a', base_url: 'http://h', proxy: 'p:8675309@h'}]}",
  ])
  func noMessageShowsWhatMayBeASecret(text: String) {
    let mistakes = ConfigFixture().mistakes(text)
    #expect(mistakes.count == 1)
    #expect(!mistakes.joined().contains("8675309"))
  }
}
