/// One place where a model's requests may go: an upstream and its name for the model.
package struct RouteTarget: Equatable, Sendable {
  /// Index into the configuration's upstreams.
  package var upstream: Int
  /// The upstream's name for the model; nil = as asked. A `*` in it stands for what the wildcard matched, until
  /// `ModelTable.lookup` puts the name in.
  package var model: String?
  /// Its share among the targets of its priority; at least 1. Counts for `weighted` and `leastInFlight`.
  package var weight: Int
  /// Lower ones are tried first; at least 0.
  package var priority: Int
  /// Whether the upstream continues an assistant message that the request ends with, so that a broken stream can go on
  /// from its partial text.
  package var acceptsPrefill: Bool
  /// Time limits of an attempt here. `total` is that of the whole request and the same for every target of a model.
  package var timeouts: Timeouts
  /// Retries at this target.
  package var retry: RetryPolicy
  /// The target's place among all of a `ModelTable`, which sets it: what is known about its health is kept under it.
  /// Targets with the same upstream and the same name there share it.
  package var row: Int

  package init(
    upstream: Int, model: String? = nil, weight: Int = 1, priority: Int = 0, acceptsPrefill: Bool = false,
    timeouts: Timeouts = Timeouts(), retry: RetryPolicy = RetryPolicy(), row: Int = 0
  ) {
    self.upstream = upstream
    self.model = model
    self.weight = weight
    self.priority = priority
    self.acceptsPrefill = acceptsPrefill
    self.timeouts = timeouts
    self.retry = retry
    self.row = row
  }
}
