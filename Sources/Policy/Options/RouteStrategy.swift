/// In which order the targets of one model are tried; always within one priority, lower priorities first.
package enum RouteStrategy: String, CaseIterable, Sendable {
  /// In the order of the configuration.
  case priority
  /// At random, each as often as its weight says.
  case weighted
  /// The one with the fewest running requests for its weight.
  case leastInFlight = "least_in_flight"
  /// The one that has lately sent its first event soonest: the better of two drawn at random.
  case fastest
}
