import Config
import Policy

/// Makes the routes of one configuration: model names looked up, and what the process knows of their targets found.
struct RouteTable: Sendable {
  private let models: ModelTable
  private let upstreams: [UpstreamOptions]
  private let defaultUpstream: Int?
  /// Rows of the `HealthTable`: of the models' targets by `RouteTarget.row`, and of upstreams for requests that name no
  /// model.
  private let targetRows: [Int]
  private let plainRows: [Int]
  /// Rows of the keys of those upstreams that have several.
  private let keyRows: [Int]
  /// Rows of the `AdmissionQueue`, where there is a limit.
  private let gatewayLimits: [(row: Int, limit: QueueLimit)]
  private let modelPlaces: [Int?]
  private let upstreamPlaces: [Int?]
  /// Whether any upstream limits how many requests run there at once.
  let limitsUpstreams: Bool
  /// Configured models, wildcards included.
  var modelCount: Int { models.entries.count }

  init(_ configuration: Configuration, board: HealthBoard, desk: AdmissionDesk) {
    models = configuration.models
    upstreams = configuration.upstreams
    defaultUpstream = configuration.defaultUpstream
    let upstreams = configuration.upstreams
    let budget = configuration.retryBudget
    (targetRows, plainRows, keyRows) = board.withTable { table in
      func row(_ upstream: Int, _ model: String) -> Int {
        let name = TargetHealth.Name(upstream: upstreams[upstream].name, model: model)
        return table.row(of: name, breaker: upstreams[upstream].breaker, budget: budget)
      }
      let targets = RouteTable.names(of: configuration.models).map { row($0.upstream, $0.model) }
      let plain = upstreams.indices.map { row($0, "") }
      let keys = upstreams.map { upstream in
        guard case .keys(let keys) = upstream.http?.auth, keys.count > 1 else { return HealthTable.noRow }
        return table.keyRow(ofUpstream: upstream.name, keyCount: keys.count)
      }
      return (targets, plain, keys)
    }
    gatewayLimits = configuration.limit.map { [(desk.row(named: "gateway", limit: $0), $0)] } ?? []
    modelPlaces = configuration.models.entries.map { entry in
      entry.limit.map { desk.row(named: "model:" + entry.name, limit: $0) }
    }
    upstreamPlaces = upstreams.map { upstream in
      upstream.limit.map { desk.row(named: "upstream:" + upstream.name, limit: $0) }
    }
    limitsUpstreams = upstreamPlaces.contains { $0 != nil }
  }

  /// What each row of a model table is called; a wildcard without a name of its own is `*`.
  private static func names(of models: ModelTable) -> [(upstream: Int, model: String)] {
    var names = models.rows.map { (upstream: $0.upstream, model: $0.model ?? "*") }
    for entry in models.entries where !entry.isWildcard {
      for target in entry.targets where target.model == nil { names[target.row].model = entry.name }
    }
    return names
  }

  /// The route of a request.
  ///
  /// - Parameters:
  ///   - fallbacks: the request's own list, which stands in for the configured one.
  ///   - isStream: whether a stream is asked for.
  func route(model: String?, fallbacks: RequestedFallbacks? = nil, isStream: Bool) throws(Failure) -> Route {
    guard let model else { return try plainRoute(isStream: isStream) }
    guard let match = models.lookup(model) else {
      throw Failure(
        .modelNotFound,
        message: "The model '\(model.prefix(200))' does not exist here; GET /v1/models lists the ones that do.",
        param: "model")
    }
    let options = match.options
    var stops = stops(of: match, as: model, .own, stage: 0)
    let names = fallbacks?.names ?? options.fallbacks.models
    for name in names { try add(name, .fallback, fallbacks, to: &stops) }
    for name in options.fallbacks.contextLength { try add(name, .refusal(.contextLength), nil, to: &stops) }
    for name in options.fallbacks.contentFilter { try add(name, .refusal(.contentFilter), nil, to: &stops) }
    var limits = gatewayLimits
    if let place = modelPlaces[match.entry], let limit = options.limit { limits.append((place, limit)) }
    return Route(options: options, plan: RoutePlan(stops, isStream: isStream), limits: limits)
  }

  /// A request without a model's name goes to the default upstream, and nowhere else.
  private func plainRoute(isStream: Bool) throws(Failure) -> Route {
    guard let index = defaultUpstream else { throw Failure(.unknownURL) }
    return route(toUpstream: index, isStream: isStream)
  }

  /// A request for one upstream, whatever its model.
  func route(toUpstream index: Int, isStream: Bool = false) -> Route {
    let upstream = upstreams[index]
    let target = RouteTarget(upstream: index, timeouts: upstream.timeouts, retry: upstream.retry)
    let stop = RouteStop(
      target, model: nil, row: plainRows[index], keyRow: keyRows[index], placeRow: upstreamPlaces[index])
    return Route(plan: RoutePlan([stop], isStream: isStream), limits: gatewayLimits)
  }

  private func add(
    _ name: String, _ entry: RouteStop.Entry, _ source: RequestedFallbacks?, to stops: inout [RouteStop]
  ) throws(Failure) {
    guard let match = models.lookup(name) else {
      throw Failure(
        .invalidValue, message: "The fallback model '\(name.prefix(200))' does not exist here.", param: source?.param)
    }
    let stage = (stops.last?.stage ?? 0) + 1
    for stop in self.stops(of: match, as: name, entry, stage: stage)
    where !stops.contains(where: { $0.isSame(as: stop) }) { stops.append(stop) }
  }

  private func stops(
    of match: ModelMatch, as name: String, _ entry: RouteStop.Entry, stage: Int
  ) -> [RouteStop] {
    match.options.targets.map { target in
      RouteStop(
        target, model: name, entry: entry, row: targetRows[target.row], keyRow: keyRows[target.upstream],
        placeRow: upstreamPlaces[target.upstream], strategy: match.options.strategy, stage: stage)
    }
  }
}

extension RouteStop {
  /// Whether a request would go to the same place for the same failures.
  fileprivate func isSame(as other: RouteStop) -> Bool {
    guard target.upstream == other.target.upstream, target.model == other.target.model else { return false }
    switch (entry, other.entry) {
    case (.own, .own), (.own, .fallback), (.fallback, .fallback), (.fallback, .own): return true
    case (.refusal(let left), .refusal(let right)): return left == right
    case (.own, .refusal), (.fallback, .refusal), (.refusal, .own), (.refusal, .fallback): return false
    }
  }
}
