import Policy
import Testing
import Time

/// Goal: whatever clients, upstreams, operators and the clock do in whatever order, every request ends once, and
/// nothing that it held is left behind. Method: seeded chance over the pure machines, tens of thousands of steps for
/// each seed, and what must hold is checked after each of them.
struct SimulationTests {
  private static let steps = 20_000

  @Test(arguments: 0..<5)
  func `every request ends once, and leaves nothing behind`(seed: UInt64) throws {
    var simulation = Simulation(seed: seed)
    var seen = Seen()
    for step in 0..<Self.steps {
      simulation.step()
      try check(&simulation, &seen, "seed \(seed), step \(step)")
    }
    try end(&simulation, &seen, "seed \(seed), at the end")
    // A simulation in which nothing happens proves nothing.
    #expect(seen.ended > 1000)
    #expect(seen.retries > 100 && seen.queued > 50 && seen.recovered > 5 && seen.openings > 50)
    #expect(Set(seen.reasons).count >= 7)
  }

  /// What has happened in a run.
  private struct Seen {
    var ended = 0
    var retries = 0
    var queued = 0
    var recovered = 0
    var openings = 0
    var reasons: [EndReason] = []
  }

  /// Nobody comes any more, and time passes: everybody has to end.
  private func end(_ simulation: inout Simulation, _ seen: inout Seen, _ place: String) throws {
    for _ in 0..<2000 where !simulation.requests.isEmpty {
      simulation.pass(.seconds(1))
      simulation.deliver()
      try check(&simulation, &seen, place)
    }
    #expect(simulation.requests.isEmpty, "\(place): somebody runs for ever")
    while !simulation.mail.isEmpty { simulation.deliver() }
    #expect(simulation.table.targets.allSatisfy { $0.inFlight == 0 }, "\(place)")
    #expect(simulation.queue.rows.allSatisfy { $0.running == 0 && $0.waiting == 0 }, "\(place)")
    let later = simulation.now + .seconds(3600)
    #expect(
      simulation.table.targets.allSatisfy { $0.breaker.permit(now: later, random: 0.99) != .refused },
      "\(place): a target is shut out for ever")
    seen.openings = simulation.table.targets.map(\.breaker.epoch).reduce(0, +)
  }

  private func check(_ simulation: inout Simulation, _ seen: inout Seen, _ place: String) throws {
    for request in simulation.requests { try check(request, place) }
    try checkBooks(simulation, place)
    seen.queued += simulation.requests.count { $0.waitsFor != nil }
    for request in simulation.retire() {
      guard case .finished(let reason) = request.machine.state else { continue }
      seen.ended += 1
      seen.retries += max(0, request.machine.attempts - 1)
      seen.recovered += request.attemptsAfterSending
      seen.reasons.append(reason)
    }
  }

  private func check(_ request: SimulatedRequest, _ place: String) throws {
    let state = request.machine.state
    var mistakes = request.mistakes
    func must(_ holds: Bool, _ what: @autoclosure () -> String) { if !holds { mistakes.append(what()) } }

    must(request.ends == (request.machine.isFinished ? 1 : 0), "ended \(request.ends) times")
    must(!request.machine.isFinished || request.holdsNothing, "holds something behind its end")
    must(request.machine.attempts <= Limits.attemptsMax, "made \(request.machine.attempts) attempts")
    must(!request.hasSent || request.machine.isCommitted, "sent bytes before the commit")
    let isRunning =
      switch state {
      case .attempting, .streaming: true
      case .queued, .planning, .waiting, .finished: false
      }
    must(request.hasTransfer == isRunning && (request.ticket != nil) == isRunning, "transfer and state differ")
    must(state != .planning, "stands still while planning")
    must(request.machine.isFinished || request.nextTimer != nil, "waits for nothing")
    // Whoever is asked to go on from the text so far is asked once more for that.
    for (stop, attempts) in request.attempts where !request.recovers {
      let policy = request.plan.stops[stop].target.retry
      let allowed = RetryDecision.attemptsAllowed(policy, clientRetryCount: request.clientRetries)
      must(attempts <= allowed, "asked one target \(attempts) times")
    }
    try #require(mistakes.isEmpty, "\(place), request \(request.id): \(mistakes)")
  }

  /// The shared books agree with what the requests hold.
  private func checkBooks(_ simulation: Simulation, _ place: String) throws {
    let requests = simulation.requests
    for row in simulation.rows {
      let running = requests.count { $0.ticket?.row == row }
      try #require(simulation.table.targets[row].inFlight == running, "\(place): target \(row)")
    }
    let rows = simulation.queue.rows
    // A grant that is on its way holds its place already.
    let granted = simulation.mail.filter { mail in requests.contains { $0.waitsFor == mail.ticket } }
    let onTheWay = { (isUpstream: Bool) in
      granted.count { mail in requests.contains { $0.waitsFor == mail.ticket && ($0.stop != nil) == isUpstream } }
    }
    let inside = requests.count { $0.requestPlace != nil } + onTheWay(false)
    let there = requests.count { $0.upstreamPlace != nil } + onTheWay(true)
    try #require(rows[simulation.gatewayPlace].running == inside, "\(place): the gateway's places")
    try #require(rows[simulation.upstreamPlace].running == there, "\(place): the upstream's places")
    let waiting = requests.count { $0.waitsFor != nil } - granted.count
    try #require(rows.map(\.waiting).reduce(0, +) == waiting, "\(place): the queue")
  }
}
