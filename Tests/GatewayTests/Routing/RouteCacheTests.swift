import Config
import Policy
import Testing

@testable import Gateway

/// Pins that the routes of a configuration's models are made once, however many there are.
struct RouteCacheTests {
  private func cache(_ names: [String]) -> RouteCache {
    let upstream = UpstreamOptions(name: "demo", kind: .demo)
    let models = ModelTable(names.map { ModelOptions(name: $0, upstream: 0) })
    return RouteCache(Snapshot.forTests(Configuration(upstreams: [upstream], models: models)).routes)
  }

  @Test func `every model's routes are kept`() throws {
    let names = (0..<1000).map { "model-\($0)" }
    let cache = cache(names)
    for isStream in [false, true] {
      let first = try names.map { try cache.route(model: $0, isStream: isStream) }
      let second = try names.map { try cache.route(model: $0, isStream: isStream) }
      for (left, right) in zip(first, second) { #expect(left === right) }
    }
  }

  @Test func `names that a wildcard stands for are forgotten when there are too many`() throws {
    let cache = cache(["*"])
    let first = try cache.route(model: "first", isStream: false)
    for number in 0..<RouteCache.namesMax { _ = try cache.route(model: "name-\(number)", isStream: false) }
    #expect(try cache.route(model: "first", isStream: false) === first)
    for number in 0..<RouteCache.namesMax { _ = try cache.route(model: "other-\(number)", isStream: false) }
    #expect(try cache.route(model: "first", isStream: false) !== first)
  }
}
