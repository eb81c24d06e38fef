import Config
import Policy

/// Where a request may go, in which order, and what it needs before it may go anywhere. Shared by all requests of the
/// same kind for the same model.
final class Route: Sendable {
  /// What the configuration says of the model that was asked for; `nil` for requests that name none.
  let options: ModelOptions?
  /// As it is before the first attempt.
  let plan: RoutePlan
  /// Rows of the places it needs, at the `AdmissionDesk`: the gateway's and the model's, where they are limited.
  let places: [Int]
  /// The longest wait for these.
  let placeWait: Duration
  /// The target that is asked first, if nothing speaks against it.
  let firstTarget: Target

  /// Whether the events of streams are not just passed on.
  let looksAtEvents: Bool
  /// Whether a request's first attempt needs no timer of its own for now.
  let isPatient: Bool

  /// - Parameter limits: of the places it needs, each with its row.
  init(options: ModelOptions? = nil, plan: RoutePlan, limits: [(row: Int, limit: QueueLimit)]) {
    self.options = options
    self.plan = plan
    places = limits.map(\.row)
    placeWait = limits.map(\.limit.wait).min() ?? .zero
    firstTarget = Target(plan.stops[0].target)
    looksAtEvents = options.map { $0.recovery == .resume || $0.malformed != .relay } ?? false
    isPatient = firstTarget.isPatient && options?.blockingKeepAlive.map { $0 > Limits.farDeadline } ?? true
  }
}

/// The routes that a loop has used lately: what a model's name leads to does not change while a configuration lasts.
final class RouteCache {
  /// Names remembered besides two for each configured model; beyond them all are forgotten.
  static let namesMax = 256

  private let table: RouteTable
  private let capacity: Int
  private var streams: [String: Route] = [:]
  private var blocking: [String: Route] = [:]

  init(_ table: RouteTable) {
    self.table = table
    // Every model may be asked for in one piece and as a stream.
    capacity = 2 * table.modelCount + RouteCache.namesMax
  }

  /// The route of a request, as `RouteTable.route`. A list of fallbacks of the request's own makes a route of its own.
  func route(model: String?, fallbacks: RequestedFallbacks? = nil, isStream: Bool) throws(Failure) -> Route {
    guard let model, fallbacks == nil else {
      return try table.route(model: model, fallbacks: fallbacks, isStream: isStream)
    }
    if let known = isStream ? streams[model] : blocking[model] { return known }
    let route = try table.route(model: model, isStream: isStream)
    if streams.count + blocking.count >= capacity {
      streams.removeAll(keepingCapacity: true)
      blocking.removeAll(keepingCapacity: true)
    }
    if isStream { streams[model] = route } else { blocking[model] = route }
    return route
  }
}

/// Where an attempt goes.
struct Target: Sendable {
  /// Index into the configuration's upstreams.
  var upstream: Int
  /// The upstream's name for the model; `nil` where the request names none.
  var model: String?
  var timeouts: Timeouts
  var retry: RetryPolicy
  /// Whether no time limit can be due before the next look at all requests.
  var isPatient: Bool
  /// Whether the upstream continues an assistant message that the request ends with.
  var acceptsPrefill: Bool

  init(_ target: RouteTarget) {
    upstream = target.upstream
    model = target.model
    timeouts = target.timeouts
    retry = target.retry
    acceptsPrefill = target.acceptsPrefill
    isPatient = min(timeouts.firstEvent, timeouts.idle, timeouts.total) > Limits.farDeadline
  }
}
