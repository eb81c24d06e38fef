import Config
import Testing

/// Goal: a reload says what it changes and never opens a running address. Method: pairs of snapshots.
@Suite struct ConfigurationDiffTests {
  @Test func nothingChangedIsAnEmptyDiff() throws {
    let configuration = try ConfigFixture().load(nil)
    let diff = ConfigurationDiff(running: configuration, loaded: configuration)
    #expect(diff.isEmpty)
    #expect(diff.effective == configuration)
    #expect(diff.refusal == nil)
  }

  @Test func listeningWaitsForARestart() {
    let running = Configuration(listen: ListenOptions(port: 1, loops: 1))
    let loaded = Configuration(
      listen: ListenOptions(host: "::1", port: 2, loops: 2, allowedHosts: ["box"]), drain: .seconds(1))
    let diff = ConfigurationDiff(running: running, loaded: loaded)
    #expect(diff.needsRestart == ["listen.host", "listen.port", "listen.loops"])
    #expect(diff.swapped == ["listen.allowed_hosts", "drain"])
    #expect(diff.effective.listen == ListenOptions(port: 1, loops: 1, allowedHosts: ["box"]))
    #expect(diff.effective.drain == .seconds(1))
  }

  @Test(arguments: [
    ("{base_paths: ['/a']}", "base_paths"), ("{keys: [{name: 'a', key: 'b'}]}", "keys"),
    ("{models: [{name: 'x'}]}", "models"),
    ("{upstreams: [{name: 'demo', kind: 'demo', retry: {max: 1}}]}", "upstreams"),
    ("{limits: {headers: 9}}", "limits"), ("{cors: {max_age: 1}}", "cors"),
    ("{client: {half_close: 'serve'}}", "client"),
    ("{keep_alive: 'off'}", "keep_alive"), ("{log: {access: false}}", "log"), ("{compression: false}", "compression"),
    ("{timeouts: {idle: 1}}", "timeouts"), ("{retry: {attempts: 1}}", "retry"),
    ("{retry_budget: 'off'}", "retry_budget"), ("{breaker: {open_for: '1s'}}", "breaker"),
    ("{concurrency: {max: 9}}", "concurrency"), ("{queue_comments: true}", "queue_comments"),
    ("{listen: {insecure: true}}", "listen.insecure"),
  ])
  func everythingElseIsSwapped(text: String, name: String) throws {
    let running = try ConfigFixture().load(nil)
    let loaded = try ConfigFixture().load(text)
    let diff = ConfigurationDiff(running: running, loaded: loaded)
    #expect(diff.needsRestart.isEmpty)
    #expect(diff.swapped.contains(name))
    #expect(diff.effective == loaded)
  }

  @Test func aReloadDoesNotOpenTheAddressThatIsStillListenedOn() throws {
    let running = try ConfigFixture().load("{listen: {host: '0.0.0.0'}, keys: [{name: 'a', key: 'b'}]}")
    let loaded = try ConfigFixture().load("{listen: {host: '127.0.0.1'}}")
    #expect(ConfigurationDiff(running: running, loaded: loaded).refusal?.contains("0.0.0.0") == true)
  }
}
