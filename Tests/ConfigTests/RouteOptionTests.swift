import Config
import Policy
import Testing

/// Goal: options of routes, retries, breakers and queues mean what they say, and inherit option by option. Method: load
/// small documents and look at the structures.
@Suite struct RouteOptionTests {
  private static let upstreams = """
    upstreams: [
      { name: "a", base_url: "http://a/v1", timeouts: { idle: "30s", total: "50s" }, retry: { attempts: 4 } },
      { name: "b", base_url: "http://b/v1", timeouts: { idle: "40s", total: "60s" } },
    ]
    """

  private func load(_ rest: String) throws -> Configuration {
    try ConfigFixture().load("{\(Self.upstreams), \(rest)}")
  }

  @Test func aModelWithOneUpstreamHasOnePlainTarget() throws {
    let options = try #require(try load("models: [{name: 'm', upstream: 'b', model: 'x'}]").models.lookup("m")).options
    let timeouts = Timeouts(idle: .seconds(40), total: .seconds(60))
    #expect(options == ModelOptions(name: "m", upstream: 1, model: "x", timeouts: timeouts))
    #expect(options.recovery == .off)
    #expect(options.malformed == .relay)
    #expect(options.limit == nil)
  }

  @Test func targetsInheritFromTheirUpstreamAndTheModel() throws {
    let configuration = try load(
      """
      models: [{
        name: "m", timeouts: { first_event: "9s" }, retry: { jitter: 0 },
        targets: [
          { upstream: "a", model: "x", priority: 1, weight: 7 },
          { upstream: "b", prefill: true, timeouts: { idle: "1s" }, retry: { attempts: 1 } },
        ],
      }]
      """)
    let targets = try #require(configuration.models.lookup("m")).options.targets
    #expect(targets.map(\.upstream) == [0, 1])
    #expect(targets.map(\.model) == ["x", "m"])
    #expect(targets.map(\.priority) == [1, 0])
    #expect(targets.map(\.weight) == [7, 1])
    #expect(targets.map(\.acceptsPrefill) == [false, true])
    #expect(targets.map(\.timeouts.firstEvent) == [.seconds(9), .seconds(9)])
    #expect(targets.map(\.timeouts.idle) == [.seconds(30), .seconds(1)])
    #expect(targets.map(\.retry.attempts) == [4, 1])
    #expect(targets.map(\.retry.jitter) == [0, 0])
  }

  /// The deadline belongs to the request, so it does not change on the way from one target to the next.
  @Test(arguments: [("", 50), ("timeouts: {total: '5s'},", 5)])
  func allTargetsOfAModelShareTheTotalOfTheFirst(option: String, seconds: Int) throws {
    let configuration = try load("models: [{name: 'm', \(option) targets: [{upstream: 'a'}, {upstream: 'b'}]}]")
    let options = try #require(configuration.models.lookup("m")).options
    #expect(options.targets.map(\.timeouts.total) == [.seconds(seconds), .seconds(seconds)])
    #expect(options.total == .seconds(seconds))
  }

  @Test func aModelTakesEveryOption() throws {
    let configuration = try load(
      """
      models: [
        { name: "m", upstream: "a", strategy: "least_in_flight", fallbacks: ["n"], context_fallbacks: ["n"],
          content_filter_fallbacks: ["n"], recovery: "resume", stream_upstream: true, blocking_keep_alive: "20s",
          concurrency: { max: 2, queue: 3, wait: "4s" } },
        { name: "n", upstream: "b", malformed_events: "skip", blocking_keep_alive: "off", concurrency: "off" },
      ]
      """)
    let model = try #require(configuration.models.lookup("m")).options
    #expect(model.strategy == .leastInFlight)
    #expect(model.fallbacks == FallbackRules(models: ["n"], contextLength: ["n"], contentFilter: ["n"]))
    #expect(model.recovery == .resume)
    #expect(model.malformed == .fail)
    #expect(model.blockingOverStream)
    #expect(model.blockingKeepAlive == .seconds(20))
    #expect(model.limit == QueueLimit(concurrency: 2, queue: 3, wait: .seconds(4)))
    let other = try #require(configuration.models.lookup("n")).options
    #expect(other.malformed == .skip)
    #expect(other.blockingKeepAlive == nil)
    #expect(other.limit == nil)
  }

  @Test func anUpstreamTakesSeveralKeys() throws {
    let fixture = ConfigFixture(environment: ["ONE": "key-1"], files: ["f1": "key-1\n", "f2": "key-2"])
    for option in ["keys: ['${ONE}', 'key-2']", "key_files: ['f1', 'f2']"] {
      let configuration = try fixture.load("{upstreams: [{name: 'u', base_url: 'http://h', \(option)}]}")
      #expect(configuration.upstreams[0].http?.auth == .keys([Secret("key-1"), Secret("key-2")]))
    }
  }

  // MARK: - Retries

  @Test func aNamedPolicyStandsForItselfAndCanBeOverridden() throws {
    let configuration = try ConfigFixture().load(
      """
      {
        retry: { attempts: 9 },
        retry_policies: { patient: { initial: "2s" }, once: { attempts: 1 } },
        upstreams: [{ name: "a", base_url: "http://a", retry: "patient" }],
        models: [
          { name: "inherits" }, { name: "overrides", retry: { jitter: 0 } }, { name: "names", retry: "once" },
          { name: "targets", retry: "once", targets: [{ retry: { max: "3s" } }, { model: "x", retry: "patient" }] },
        ],
      }
      """)
    let patient = RetryPolicy(initial: .seconds(2))
    #expect(configuration.upstreams[0].retry == patient)
    func retries(_ model: String) throws -> [RetryPolicy] {
      try #require(configuration.models.lookup(model)).options.targets.map(\.retry)
    }
    #expect(try retries("inherits") == [patient])
    #expect(try retries("overrides") == [RetryPolicy(initial: .seconds(2), jitter: 0)])
    #expect(try retries("names") == [RetryPolicy(attempts: 1)])
    #expect(try retries("targets") == [RetryPolicy(attempts: 1, max: .seconds(3)), patient])
  }

  @Test func theGeneralRetryMayBeAName() throws {
    let configuration = try ConfigFixture().load("{retry: 'once', retry_policies: {once: {attempts: 1}}}")
    #expect(configuration.retry == RetryPolicy(attempts: 1))
    #expect(configuration.upstreams[0].retry.attempts == 1)
  }

  @Test func whatHasNoEffectIsNoticed() throws {
    let configuration = try load(
      """
      retry_policies: { used: {}, unused: {} }, retry: "used", models: [
        { name: "m", targets: [{ upstream: "a", weight: 2 }, { upstream: "b" }] },
        { name: "n", strategy: "weighted", targets: [{ upstream: "a", weight: 2 }, { upstream: "b" }] },
      ]
      """)
    #expect(
      configuration.notices == [
        "models[0].targets[0].weight has no effect with the strategy \"priority\"",
        "no `retry` names the policy `unused` of `retry_policies`",
      ])
  }

  @Test(arguments: [
    ("", RetryBudgetPolicy()), ("retry_budget: 'off'", nil),
    (
      "retry_budget: {ratio: 0.5, window: '5s', floor: 1}", RetryBudgetPolicy(ratio: 0.5, window: .seconds(5), floor: 1)
    ),
  ])
  func theBudgetIsRead(text: String, budget: RetryBudgetPolicy?) throws {
    #expect(try ConfigFixture().load("{\(text)}").retryBudget == budget)
  }

  // MARK: - Breakers, queues, checks

  @Test(arguments: [
    ("", "", BreakerPolicy()),
    ("breaker: {window: '9s'},", "", BreakerPolicy(window: .seconds(9))),
    (
      "breaker: {window: '9s'},", "breaker: {minimum_requests: 3, open_max: '4s'}",
      BreakerPolicy(minimumRequests: 3, window: .seconds(9), openMax: .seconds(4))
    ),
    ("breaker: {window: '9s'},", "breaker: 'off'", BreakerPolicy(isEnabled: false)),
    ("breaker: 'off',", "", BreakerPolicy(isEnabled: false)),
    ("breaker: 'off',", "breaker: {error_ratio: 1}", BreakerPolicy(errorRatio: 1)),
  ])
  func anUpstreamInheritsTheBreaker(general: String, own: String, breaker: BreakerPolicy) throws {
    let configuration = try ConfigFixture().load("{\(general) upstreams: [{name: 'a', base_url: 'http://h', \(own)}]}")
    #expect(configuration.upstreams[0].breaker == breaker)
  }

  @Test func concurrencyIsReadInAllThreePlaces() throws {
    let configuration = try ConfigFixture().load(
      """
      {concurrency: {max: 9}, queue_comments: true, models: [{name: '*', concurrency: {max: 1, queue: 0}}],
       upstreams: [{name: 'a', kind: 'demo', concurrency: {max: 5, wait: 1}}]}
      """)
    #expect(configuration.limit == QueueLimit(concurrency: 9, queue: 100, wait: .seconds(30)))
    #expect(configuration.queueComments)
    #expect(configuration.upstreams[0].limit == QueueLimit(concurrency: 5, wait: .seconds(1)))
    #expect(configuration.models.catchAll?.limit == QueueLimit(concurrency: 1, queue: 0))
  }

  @Test(arguments: [
    ("{}", HealthCheck()), ("'off'", nil),
    ("{interval: '2s'}", HealthCheck(interval: .seconds(2), timeout: .seconds(2))),
    (
      "{path: '/x?y=z', interval: '1m', timeout: '6s'}",
      HealthCheck(path: "/x?y=z", interval: .seconds(60), timeout: .seconds(6))
    ),
  ])
  func aHealthCheckIsRead(text: String, check: HealthCheck?) throws {
    let configuration = try ConfigFixture().load(
      "{upstreams: [{name: 'a', base_url: 'http://h', health_check: \(text)}]}")
    #expect(configuration.upstreams[0].healthCheck == check)
  }
}
