import Config
import Policy

/// Where a request may go, in which order, and what it needs before it may go anywhere.
struct Route {
  /// What the configuration says of the model that was asked for; `nil` for requests that name none.
  var options: ModelOptions?
  var plan: RoutePlan
  /// Rows of the places it needs, at the `AdmissionDesk`: the gateway's and the model's, where they are limited.
  var places: [Int] = []
  /// The longest wait for these.
  var placeWait: Duration = .zero

  /// The target that is asked first, if nothing speaks against it.
  var firstTarget: Target { Target(plan.stops[0].target) }
}

/// Where an attempt goes.
struct Target {
  /// Index into the configuration's upstreams.
  var upstream: Int
  /// The upstream's name for the model; `nil` where the request names none.
  var model: String?
  var timeouts: Timeouts
  var retry: RetryPolicy
  /// Whether the upstream continues an assistant message that the request ends with.
  var acceptsPrefill: Bool

  init(_ target: RouteTarget) {
    upstream = target.upstream
    model = target.model
    timeouts = target.timeouts
    retry = target.retry
    acceptsPrefill = target.acceptsPrefill
  }
}
