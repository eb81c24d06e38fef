import Reactor
import Time

/// The moments of a request that its deadlines, its log line and its overhead are computed from.
struct ExchangeTiming {
  let start: Instant
  var attemptStart: Instant?
  /// When the running wait between two attempts is over.
  var retryAt: Instant?
  /// The last event of the upstream that carried data, or the last bytes of another body.
  var lastProgress: Instant
  /// The last time anything was sent to the client.
  var lastSent: Instant
  private(set) var firstEvent: Instant?
  /// Whether the attempt under way has brought an event; asked for each event, and optional instants are dear to look
  /// at.
  private(set) var hasEvent = false
  /// The answer is over as its protocol has it, but the upstream has not ended it yet.
  var terminalAt: Instant?
  /// Every choice is finished; only the formal end is missing.
  var finishedAt: Instant?
  /// Time spent by the gateway itself: from the request to the first attempt, from the answer's first bytes to the
  /// commit.
  var overhead: Duration = .zero
  /// Time spent waiting for a place.
  var queued: Duration = .zero
  private var answerStart: Instant?

  init(start: Instant) {
    self.start = start
    lastProgress = start
    lastSent = start
  }

  mutating func attemptStarted(now: Instant) {
    if attemptStart == nil { overhead += Instant.now - start - queued }
    attemptStart = now
    retryAt = nil
    lastProgress = now
    hasEvent = false
    terminalAt = nil
    finishedAt = nil
  }

  /// The first event of an attempt has come.
  ///
  /// - Returns: whether it is the first of the request.
  mutating func firstEventCame(now: Instant) -> Bool {
    hasEvent = true
    guard firstEvent == nil else { return false }
    firstEvent = now
    return true
  }

  mutating func answerBegan() { answerStart = .now }

  /// Nothing of what has come counts for the client; it is the upstream that is waited for.
  mutating func answerPaused() { answerStart = nil }

  mutating func committed() {
    if let answerStart { overhead += Instant.now - answerStart }
    answerStart = nil
  }
}

/// The one timer of an exchange. Deadlines that move away are left alone: the timer fires, looks, and sleeps again.
struct ExchangeClock {
  var timer = TimerID.none
  var armedFor: Instant?
}
