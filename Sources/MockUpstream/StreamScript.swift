/// Turns the events of an answer into steps: framing, pace, writes split at any byte, and the fault of the scenario.
///
/// A pure function of its arguments, read step by step because a stream may be far bigger than memory.
struct StreamScript {
  private let scenario: Scenario
  private let source: any EventSource
  /// Items of the stream: the events and, where the dialect has it, `[DONE]`.
  private let itemCount: Int
  private var item = 0
  /// Whether the wait before the current item is over.
  private var hasWaited = false
  /// Whether a gate before the current item was passed.
  private var hasPassed = false
  private var started = false
  private var ended = false
  private var pending: ArraySlice<Step> = []
  /// Bytes waiting to be cut into writes; only used when the scenario splits.
  private var carry: [UInt8] = []
  private var splitAtDone = false

  init(scenario: Scenario, source: any EventSource) {
    self.scenario = scenario
    self.source = source
    let done = source.endsWithDone && !scenario.noDone
    itemCount = source.count + (done ? 1 : 0)
  }

  /// The next step, nil after the last. `now` is CLOCK_MONOTONIC in nanoseconds; only `timestamps` looks at it.
  mutating func next(now: UInt64) -> Step? {
    while pending.isEmpty, !ended {
      pending = refill(now: now)[...]
    }
    return pending.popFirst()
  }

  private mutating func refill(now: UInt64) -> [Step] {
    guard started else {
      started = true
      let mark: [UInt8] = scenario.byteOrderMark ? [0xEF, 0xBB, 0xBF] : []
      return waits(scenario.slowFirst) + (mark.isEmpty ? [] : writes(mark))
    }
    if let breakOff = scenario.breakOff, item == min(breakOff.after, itemCount) {
      return finish(halfOf(item, now: now), breakOff.way.lastStep)
    }
    if item == itemCount {
      return finish([], scenario.linger ? .hang : .end)
    }
    if item == scenario.errorAt {
      item = itemCount
      return writes(framed(source.failure(number: scenario.errorAt ?? 0)))
    }
    // The wait comes as steps of its own, so that the time in a stamped event is that of its write.
    if item > 0, !hasWaited, scenario.pace > .zero {
      hasWaited = true
      return waits(scenario.pace)
    }
    if item > 0, scenario.gate, !hasPassed {
      hasPassed = true
      return [.gate]
    }
    hasWaited = false
    hasPassed = false
    let steps = writes(bytes(of: item, now: now))
    item += 1
    return steps
  }

  private mutating func finish(_ tail: [UInt8], _ last: Step) -> [Step] {
    ended = true
    var steps = writes(tail)
    if !carry.isEmpty {
      steps.append(.send(carry))
      carry = []
    }
    guard last == .hang, scenario.keepAlive > .zero else { return steps + [last] }
    // A silent stream with comments never ends by itself: one round now, `refill` is asked again.
    ended = false
    return steps + [.wait(scenario.keepAlive), .send(comment("keep-alive"))]
  }

  // MARK: - Bytes

  private func bytes(of item: Int, now: UInt64) -> [UInt8] {
    let isLast = item == itemCount - 1
    let event: Event
    if item == source.count, !scenario.garbage {
      event = Event(data: "[DONE]")
    } else if item == scenario.malformedAt {
      event = Event(data: #"{"id":"broken","choices":[{"index":0,"del"#)
    } else if scenario.garbage || item == scenario.garbageAt {
      event = Event(data: Noise.line(item), isBare: true)
    } else {
      event = source.event(item, now: now)
    }
    let head = scenario.comments ? comment("item \(item)") : []
    return head + framed(event, blank: !(isLast && scenario.noBlank))
  }

  private func halfOf(_ item: Int, now: UInt64) -> [UInt8] {
    guard scenario.halfEvent, item < itemCount else { return [] }
    let whole = bytes(of: item, now: now)
    return Array(whole.prefix(whole.count / 2))
  }

  private func framed(_ event: Event, blank: Bool = true) -> [UInt8] {
    let end = scenario.lineEnd.rawValue
    let space = scenario.noSpace ? "" : " "
    guard !event.isBare else { return Array("\(event.data)\(end)\(end)".utf8) }
    let name = event.name.map { "event:\(space)\($0)\(end)" } ?? ""
    return Array("\(name)data:\(space)\(event.data)\(end)\(blank ? end : "")".utf8)
  }

  private func comment(_ text: String) -> [UInt8] {
    let end = scenario.lineEnd.rawValue
    return Array(": \(text)\(end)\(end)".utf8)
  }

  // MARK: - Steps

  /// One write, or several where the scenario splits the body.
  private mutating func writes(_ bytes: [UInt8]) -> [Step] {
    guard scenario.split > 0 || scenario.splitAt != nil else {
      return bytes.isEmpty ? [] : [.send(bytes)]
    }
    carry += bytes
    var steps: [Step] = []
    while let size = nextWrite, carry.count >= size {
      steps += [.send(Array(carry.prefix(size))), .wait(scenario.splitGap)]
      carry.removeFirst(size)
      splitAtDone = true
    }
    return steps
  }

  /// Size of the next write; nil when the rest goes out as one.
  private var nextWrite: Int? {
    if scenario.split > 0 { return scenario.split }
    guard let splitAt = scenario.splitAt, splitAt > 0, !splitAtDone else { return nil }
    return splitAt
  }

  /// A wait, with comments inside when the scenario keeps the stream alive.
  private func waits(_ time: Duration) -> [Step] {
    guard time > .zero else { return [] }
    guard scenario.keepAlive > .zero else { return [.wait(time)] }
    var steps: [Step] = []
    var left = time
    while left > scenario.keepAlive {
      steps += [.wait(scenario.keepAlive), .send(comment("keep-alive"))]
      left -= scenario.keepAlive
    }
    return steps + [.wait(left)]
  }
}

extension Scenario.BreakOff.Way {
  /// What comes behind the last bytes.
  var lastStep: Step {
    switch self {
    case .reset: .reset
    case .close: .close
    case .cut: .end
    case .silent: .hang
    }
  }
}
