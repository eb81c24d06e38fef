/// Where a failed request could be sent next, as the plan and the health of its targets have it.
package struct RetryOffers: Equatable, Sendable {
  /// The same target has another key that may be used.
  package var otherKey = false
  /// Until the first of the target's keys may be used again, when none may; nil where keys are not what failed.
  package var keyFreeIn: Duration?
  /// A target that is well and has not been asked yet.
  package var freshTarget = false
  /// A target that has not been asked yet, but is known to be broken or asked to be left alone.
  package var lastResort = false
  /// The target that has just failed is not known to be broken.
  package var isHealthy = true
  /// The target's retry budget has room.
  package var isAffordable = true

  package init(
    otherKey: Bool = false, keyFreeIn: Duration? = nil, freshTarget: Bool = false, lastResort: Bool = false,
    isHealthy: Bool = true,
    isAffordable: Bool = true
  ) {
    self.otherKey = otherKey
    self.keyFreeIn = keyFreeIn
    self.freshTarget = freshTarget
    self.lastResort = lastResort
    self.isHealthy = isHealthy
    self.isAffordable = isAffordable
  }

  /// Whether there is any target that has not been asked.
  var otherTarget: Bool { freshTarget || lastResort }
}

/// Where the next attempt goes.
package enum RetryPlace: Equatable, Sendable {
  /// To the same target again.
  case sameTarget
  /// To the same target, with another of its upstream's keys.
  case otherKey
  /// To the next target of the plan.
  case otherTarget
}
