import Glibc
import Time

/// The circuit breaker of one target: whether requests may go there.
///
/// ```
///  closed --failures--> open --time--> probing --answers--> recovering --time--> closed
///                        ^ ^              |  fails               |  fails again
///                        | +--------------+                      |
///                        +---------------------------------------+
/// ```
///
/// While it is open nobody is sent there; after a while one request is, as a probe, and only when that is answered do
/// the others follow, a growing share of them, so that a server that has just come back does not meet everybody at
/// once. Each failure to come back doubles the time until the next probe, up to `BreakerPolicy.openMax`.
///
/// The breaker advises. Where a request has no other target left it is sent anyway, and its answer counts like a
/// probe's.
package struct Breaker: Equatable, Sendable {
  package enum State: Equatable, Sendable {
    /// Requests go there.
    case closed
    /// Nobody is sent there before this time; then one request is.
    case open(until: Instant)
    /// A probe is under way. One that has not been answered by this time is given up for lost.
    case probing(until: Instant)
    /// It answers again; since this time a growing share of the requests goes there.
    case recovering(since: Instant)
  }

  /// Whether a request may go to the target.
  package enum Permit: Equatable, Sendable {
    /// As usual.
    case free
    /// As the one probe.
    case probe
    /// Not unless there is nothing else left.
    case refused
  }

  /// How an attempt ended, as far as the target's health is concerned.
  package enum Outcome: Equatable, Sendable {
    /// The target does what it should; an error that is the request's own fault counts as that too.
    case success
    /// It does not.
    case failure
    /// Nothing can be said: the attempt was given up from this side, or refused for a rate limit.
    case unknown
  }

  /// From the first answer of a target that was broken to all requests going there again.
  package static let recoveryTime: Duration = .seconds(2)
  /// The share of requests that goes to a target that has just come back.
  package static let recoveryShare = 0.1
  /// Failures in a row that are enough while a target is recovering.
  package static let recoveryFailures = 2

  package private(set) var state: State = .closed
  /// Counts the openings: an attempt that began before the last one says nothing about the time after it.
  package private(set) var epoch = 0
  private var policy: BreakerPolicy
  private var window: SlidingCounts
  private var failuresInARow = 0
  /// Openings since it was last closed.
  private var openings = 0

  /// A closed breaker.
  package init(_ policy: BreakerPolicy) {
    self.policy = policy
    window = SlidingCounts(window: policy.window)
  }

  /// Follows another policy from now on; what was counted over a window of another length is forgotten.
  package mutating func follow(_ policy: BreakerPolicy) {
    if policy.window != self.policy.window { window = SlidingCounts(window: policy.window) }
    self.policy = policy
    if !policy.isEnabled { state = .closed }
  }

  /// Whether requests are kept away.
  package var isOpen: Bool {
    switch state {
    case .open, .probing: true
    case .closed, .recovering: false
    }
  }

  /// Whether a request may go to the target now. Changes nothing: the request may go elsewhere.
  ///
  /// - Parameter random: 0..<1, decides who belongs to the share of a recovering target.
  package func permit(now: Instant, random: Double) -> Permit {
    guard policy.isEnabled else { return .free }
    switch state {
    case .closed: return .free
    case .open(let until), .probing(let until): return now >= until ? .probe : .refused
    case .recovering(let since):
      let share = (now - since).inSeconds / Breaker.recoveryTime.inSeconds
      return random < max(share, Breaker.recoveryShare) ? .free : .refused
    }
  }

  /// An attempt has been started.
  ///
  /// - Parameter permit: what `permit` had said; `.refused` for one that had nowhere else to go.
  package mutating func attemptStarted(_ permit: Permit, now: Instant) {
    guard permit == .probe else { return }
    state = .probing(until: now + policy.openMax)
  }

  /// The target has begun to answer an attempt that was started in `epoch`.
  package mutating func answered(epoch: Int, now: Instant) {
    guard epoch == self.epoch, isOpen else { return }
    state = .recovering(since: now)
    failuresInARow = 0
    window.clear()
  }

  /// An attempt has ended.
  ///
  /// - Parameters:
  ///   - epoch: that of its start.
  ///   - isProbe: whether it was let through as the probe.
  package mutating func ended(_ outcome: Outcome, epoch: Int, isProbe: Bool, now: Instant) {
    guard policy.isEnabled, epoch == self.epoch else { return }
    switch outcome {
    case .success:
      answered(epoch: epoch, now: now)
      window.add(events: 1, now: now)
      failuresInARow = 0
      if case .recovering(let since) = state, now - since >= Breaker.recoveryTime {
        state = .closed
        openings = 0
      }
    case .failure: failed(isProbe: isProbe, now: now)
    case .unknown:
      // The probe has said nothing, so the next request may be one.
      if isProbe, case .probing = state { state = .open(until: now) }
    }
  }

  /// Something other than a request has found the target broken.
  package mutating func foundBroken(now: Instant) {
    guard policy.isEnabled, !isOpen else { return }
    open(now: now)
  }

  /// Something other than a request has found the target well: the next request may be the probe.
  package mutating func foundWell(now: Instant) {
    if case .open(let until) = state, until > now { state = .open(until: now) }
  }

  private mutating func failed(isProbe: Bool, now: Instant) {
    switch state {
    case .open: break
    // One that had nowhere else to go says nothing new about a target that is known to be broken.
    case .probing: if isProbe { open(now: now) }
    case .closed, .recovering:
      window.add(events: 1, marked: 1, now: now)
      failuresInARow += 1
      if hasTripped(now: now) { open(now: now) }
    }
  }

  private mutating func hasTripped(now: Instant) -> Bool {
    var enough = policy.consecutiveFailures
    if case .recovering = state { enough = min(enough, Breaker.recoveryFailures) }
    if failuresInARow >= enough { return true }
    let counts = window.counts(now: now)
    return counts.events >= policy.minimumRequests
      && Double(counts.marked) >= policy.errorRatio * Double(counts.events)
  }

  private mutating func open(now: Instant) {
    let first = policy.openFor.inSeconds
    let grown = min(first * pow(2, Double(openings)), policy.openMax.inSeconds)
    openings += 1
    epoch += 1
    failuresInARow = 0
    window.clear()
    state = .open(until: now + .seconds(grown))
  }
}
