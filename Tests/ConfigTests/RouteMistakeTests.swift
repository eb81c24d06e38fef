import Config
import Testing

/// Goal: every mistake in options of routes, retries, breakers and queues is found once, at its place. Method: one
/// wrong document per row and the exact messages that must come out.
@Suite struct RouteMistakeTests {
  /// The messages without the place in the file.
  private func mistakes(_ text: String, files: [String: String] = [:]) -> [String] {
    ConfigFixture(files: files).mistakes(text).map {
      $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
    }
  }

  @Test(arguments: [
    ("{name: 'm', targets: []}", ["targets: needs one target at least"]),
    ("{name: 'm', targets: {}}", ["targets: must be a list: [ … ], not a section"]),
    ("{name: 'm', targets: [{}]}", ["targets[0].upstream: is missing, and there is more than one upstream"]),
    ("{name: 'm', targets: [{upstream: 'aa'}]}", ["targets[0].upstream: there is no upstream `aa`; did you mean `a`?"]),
    ("{name: 'm', upstream: 'a', targets: [{upstream: 'b'}]}", ["upstream: means nothing beside `targets`"]),
    ("{name: 'm', model: 'x', targets: [{upstream: 'b'}]}", ["model: means nothing beside `targets`"]),
    (
      "{name: 'm', targets: [{upstream: 'a', model: 'x'}, {upstream: 'a', model: 'x'}]}",
      ["targets[1]: has the same upstream and model as another one"]
    ),
    (
      "{name: 'm', targets: [{upstream: 'a', model: '*'}]}",
      ["targets[0].model: takes one `*` at most, and only where `name` is a wildcard"]
    ),
    ("{name: 'm', targets: [{upstream: 'a', weigth: 2}]}", ["targets[0].weigth: is no option; did you mean `weight`?"]),
    (
      "{name: 'm', targets: [{upstream: 'a', weight: 0}]}",
      ["targets[0].weight: must be a whole number from 1 to 1000, not 0"]
    ),
    (
      "{name: 'm', targets: [{upstream: 'a', timeouts: {total: '1s'}}]}",
      ["targets[0].timeouts.total: is no option; did you mean `timeouts.total`?"]
    ),
    (
      "{name: 'm', retry: {statuses: [400]}, targets: [{upstream: 'a'}, {upstream: 'b', retry: {statuses: [404]}}]}",
      [
        "retry.statuses[0]: 400 says that the request itself is wrong; it is never tried again",
        "targets[1].retry.statuses[0]: 404 says that the request itself is wrong; it is never tried again",
      ]
    ),
    (
      "{name: 'm', upstream: 'a', strategy: 'random'}",
      ["strategy: must be \"priority\" or \"weighted\" or \"least_in_flight\" or \"fastest\", not \"random\""]
    ),
    ("{name: 'm', upstream: 'a', recovery: true}", ["recovery: must be \"off\" or \"resume\", not true"]),
    (
      "{name: 'm', upstream: 'a', recovery: 'resume', malformed_events: 'relay'}",
      ["malformed_events: \"relay\" does not go with `recovery`, which promises a sound stream"]
    ),
    ("{name: 'm', upstream: 'a', stream_upstream: 1}", ["stream_upstream: must be true or false, not 1"]),
  ])
  func wrongTargetsAreFound(model: String, messages: [String]) {
    let upstreams = "upstreams: [{name: 'a', base_url: 'http://a'}, {name: 'b', base_url: 'http://b'}]"
    #expect(mistakes("{\(upstreams), models: [\(model)]}") == messages.map { "models[0]." + $0 })
  }

  @Test(arguments: [
    ("fallbacks: ['m']", ["fallbacks[0]: is the model itself"]),
    ("fallbacks: ['other', 'other']", ["fallbacks[1]: `other` is there twice"]),
    ("fallbacks: ['othre']", ["fallbacks[0]: no model answers for `othre`; did you mean `other`?"]),
    ("context_fallbacks: ['zebra']", ["context_fallbacks[0]: no model answers for `zebra`"]),
    ("content_filter_fallbacks: ['p/x', '']", ["content_filter_fallbacks[1]: must not be empty"]),
    ("fallbacks: ['p/*']", ["fallbacks[0]: takes one `*` at most, and only where `name` is a wildcard"]),
    ("fallbacks: 'other'", ["fallbacks: must be a list: [ … ], not \"other\""]),
  ])
  func wrongFallbacksAreFound(option: String, messages: [String]) {
    let others = "{name: 'other'}, {name: 'p/*'}"
    #expect(mistakes("{models: [{name: 'm', \(option)}, \(others)]}") == messages.map { "models[0]." + $0 })
  }

  @Test func aWildcardMayFallBackOnAWildcard() throws {
    let models = "{name: 'a/*', fallbacks: ['b/*', 'c/*']}, {name: 'b/*'}"
    #expect(
      mistakes("{models: [\(models)]}") == ["models[0].fallbacks[1]: no model answers for `c/*`; did you mean `b/*`?"])
    #expect(mistakes("{models: [\(models), {name: 'c/*'}]}") == [])
    #expect(mistakes("{models: [\(models), {name: '*'}]}") == [])
  }

  @Test func aModelWithAMistakeMayStillBeFallenBackOn() {
    #expect(mistakes("{models: [{name: 'm', fallbacks: ['n']}, {name: 'n', upstream: 'none'}]}").count == 1)
  }

  @Test(arguments: [
    ("keys: []", ["keys: is empty; leave the option out for none"]),
    ("keys: ['a', 'a']", ["keys[1]: is the same key as another one"]),
    ("keys: ['a', 'b c']", ["keys[1]: contains a space, a line end or another character that is not visible ASCII"]),
    ("keys: [123456789]", ["keys[0]: must be text in quotes, not a number"]),
    ("keys: ['a'], key: 'b'", ["keys: takes only one of `key`, `key_file`, `keys` and `key_files`"]),
    ("key_files: ['f', 'none']", ["key_files[1]: `none`: No such file or directory"]),
    ("key_files: ['f', 'g']", ["key_files[1]: is the same key as another one"]),
    ("keys: ['a'], auth: 'none'", ["auth: \"none\" does not use the key that is given"]),
    (
      "keys: ['a'], headers: {authorization: 'x'}",
      ["headers.authorization: needs `auth: \"none\"`, which leaves the field to you"]
    ),
    (
      "breaker: {open_for: '1m'}", ["breaker.open_for: `open_for` (1m) is longer than `open_max` (8s)"]
    ),
    ("breaker: {open_max: '1s'}", ["breaker.open_max: `open_for` (2s) is longer than `open_max` (1s)"]),
    ("breaker: true", ["breaker: must be a section: { … }, or \"off\", not true"]),
    ("breaker: {error_ratio: 2}", ["breaker.error_ratio: must be a number from 0.01 to 1.0, not 2"]),
    ("concurrency: {}", ["concurrency.max: is missing"]),
    ("concurrency: {max: 0}", ["concurrency.max: must be a whole number from 1 to 100000, not 0"]),
    ("concurrency: 5", ["concurrency: must be a section: { … }, or \"off\", not 5"]),
    (
      "health_check: {path: 'models'}",
      ["health_check.path: must start with `/` and have neither spaces nor `#` nor letters outside ASCII"]
    ),
    (
      "health_check: {interval: '1s', timeout: '2s'}", ["health_check.timeout: is longer than `interval` (1s)"]
    ),
    ("retry: 'patient'", ["retry: there is no `patient` in `retry_policies`; did you mean `patent`?"]),
    ("retry: 5", ["retry: must be a section: { … }, or a name from `retry_policies`, not 5"]),
  ])
  func wrongOptionsOfAnUpstreamAreFound(option: String, messages: [String]) {
    let text = "{retry_policies: {patent: {}}, upstreams: [{name: 'u', base_url: 'http://h', \(option)}]}"
    let expected = messages.map { "upstreams[0]." + $0 }
    #expect(mistakes(text, files: ["f": "key-1", "g": "key-1\n"]) == expected)
  }

  @Test func theDemoHasNeitherKeysNorHealth() {
    #expect(
      mistakes("{upstreams: [{name: 'u', kind: 'demo', keys: ['a'], health_check: {}, concurrency: {max: 1}}]}") == [
        "upstreams[0].keys: means nothing for the demo", "upstreams[0].health_check: means nothing for the demo",
      ])
  }

  @Test(arguments: [
    ("retry: 'none'", ["retry: there is no `none` in `retry_policies`"]),
    ("retry_policies: {p: {atempts: 1}}", ["retry_policies.p.atempts: is no option; did you mean `attempts`?"]),
    ("retry_policies: {p: 5}", ["retry_policies.p: must be a section: { … }, not 5"]),
    ("retry_policies: []", ["retry_policies: must be a section: { … }, not a list"]),
    ("retry_policies: {'a b': {}}", ["retry_policies.a b: must be letters, digits and any of `. _ - @`"]),
    ("retry_policies: {p: {}, p: {}}", ["retry_policies.p: is there twice (first on line 1)"]),
    (
      "retry_policies: {p: {statuses: [401]}}",
      ["retry_policies.p.statuses[0]: 401 says that the request itself is wrong; it is never tried again"]
    ),
    ("retry_budget: {ratio: 2}", ["retry_budget.ratio: must be a number from 0.0 to 1.0, not 2"]),
    ("retry_budget: 'on'", ["retry_budget: must be a section: { … }, or \"off\", not \"on\""]),
    ("queue_comments: 'yes'", ["queue_comments: must be true or false, not \"yes\""]),
  ])
  func wrongOptionsOfTheTopLevelAreFound(text: String, messages: [String]) {
    #expect(mistakes("{\(text)}") == messages)
  }
}
