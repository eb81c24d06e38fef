import Reactor

/// An event handler made of a closure; used on its loop only.
final class ClosureHandler: EventHandler {
  private let body: (Readiness) -> Void

  init(_ body: @escaping (Readiness) -> Void) { self.body = body }

  func ready(_ readiness: Readiness) { body(readiness) }
}

/// A timer handler made of a closure; used on its loop only.
final class ClosureTimer: TimerHandler {
  private let body: (UInt64) -> Void

  init(_ body: @escaping (UInt64) -> Void) { self.body = body }

  func timerFired(_ tag: UInt64) { body(tag) }
}

/// An end-of-turn handler made of a closure; used on its loop only.
final class ClosureTurn: TurnHandler {
  private let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }

  func turnEnded() { body() }
}
