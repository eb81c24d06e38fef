/// A moment on a clock that never goes back; only the distance between two of them means anything.
///
/// Takes the place of `Instant`, whose size the compiler does not know: each struct and class that
/// held one was laid out at run time, and each copy of one was made through a table of functions.
/// `docs/decisions/0011-instants-of-our-own.md` has the figures. What the time is, the `Reactor` knows: where it is not
/// imported, time is an argument.
public struct Instant: Comparable, Hashable, Sendable {
  /// Since a beginning that is the same for the whole process.
  @usableFromInline let elapsed: Duration

  /// The moment that is `elapsed` after the beginning.
  @inlinable public init(_ elapsed: Duration) { self.elapsed = elapsed }

  /// Whether `first` is the earlier one.
  @inlinable public static func < (first: Instant, second: Instant) -> Bool { first.elapsed < second.elapsed }

  /// The moment that is `wait` later.
  @inlinable public static func + (moment: Instant, wait: Duration) -> Instant { Instant(moment.elapsed + wait) }

  /// The moment that is `wait` earlier.
  @inlinable public static func - (moment: Instant, wait: Duration) -> Instant { Instant(moment.elapsed - wait) }

  /// How much later `end` is than `start`; negative where it is earlier.
  @inlinable public static func - (end: Instant, start: Instant) -> Duration { end.elapsed - start.elapsed }

  /// Moves on by `wait`.
  @inlinable public static func += (moment: inout Instant, wait: Duration) { moment = moment + wait }
}
