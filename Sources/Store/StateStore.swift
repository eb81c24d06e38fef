import Dispatch
import Policy
import Synchronization

/// Called with a call's outcome once it lasts: on the store's queue, or, for a call that is refused, before the call
/// returns. It has to be short: whatever waits for the disk waits for it too.
package typealias Completion<Value> = @Sendable (Result<Value, StoreFailure>) -> Void

/// What outlives a request: responses, their events, conversations. One SQLite file, one queue.
///
/// Calls come from any thread and never wait. What has been called before a transaction begins goes into it together,
/// in the order of the calls, and its completions run behind the commit: what they report as done is there after a
/// SIGKILL. A call sees all that was called before it. A failed call has changed nothing.
package final class StateStore: @unchecked Sendable {
  /// What the lock guards.
  private struct Pending {
    var commands: [Command] = []
    var counters = StoreCounters()
    var isDraining = false
    var isClosed = false
  }

  let options: StoreOptions
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "sluice.store")
  /// On the queue only; nil once it is closed.
  private var database: Database?
  private var timer: (any DispatchSourceTimer)?
  private var isSweeping = false
  private var bytesAfterSweep = 0

  /// Opens the file, or makes it, readable and writable for its owner only; brings its schema up to date; and declares
  /// what was running when the last process ended as failed. Blocks, so not on a loop.
  package init(_ options: StoreOptions) throws(StoreFailure) {
    self.options = options
    let database = try Database(opening: options)
    let transaction = Transaction(database: database, now: options.clock())
    try database.run("BEGIN IMMEDIATE")
    try transaction.failInterrupted()
    let found = try transaction.survey()
    try database.run("COMMIT")
    self.database = database
    note(found)
    startSweeping()
  }

  deinit { timer?.cancel() }

  /// What the store tells about itself. Does not wait for the disk.
  package var counters: StoreCounters { pending.withLock { $0.counters } }

  /// Does what was called before, then closes the file; later calls are refused. Waits for that, so not on a loop.
  /// - Returns: false when it took longer than `timeout`; it goes on then.
  @discardableResult
  package func close(timeout: Duration = .seconds(5)) -> Bool {
    pending.withLock { $0.isClosed = true }
    let done = DispatchSemaphore(value: 0)
    queue.async {
      self.drain()
      self.timer?.cancel()
      self.timer = nil
      self.database = nil
      done.signal()
    }
    return done.wait(timeout: .now() + timeout.inSeconds) == .success
  }

  /// Removes what has expired, and the oldest beyond `StoreOptions.bytesMax`, now rather than at its time; the
  /// completion gets how many responses and conversations went.
  package func sweep(then: @escaping Completion<Int>) {
    sweep(removedBefore: 0, then)
  }
}

// MARK: - Calls

extension StateStore {
  /// Queues a call.
  /// - Parameters:
  ///   - weight: bytes that it brings along.
  ///   - isOwed: whether it ends what an accepted call began. There are no more of those than of the latter, and if one
  ///     were refused, what was begun would never end.
  ///   - body: does it, on the queue, within a transaction. A failure that is not the disk's is thrown before anything
  ///     is changed. It may be run twice, if the disk failed the first time.
  func submit<Value: Sendable>(
    _ weight: Int, isOwed: Bool = false, _ then: @escaping Completion<Value>,
    _ body: @escaping @Sendable (Transaction) throws(StoreFailure) -> Value
  ) {
    let command = Command(
      weight: weight,
      run: { transaction throws(StoreFailure) in
        let value = try body(transaction)
        return { then(.success(value)) }
      },
      fail: { then(.failure($0)) })
    let (refusal, mustWake) = pending.withLock { pending -> (StoreFailure?, Bool) in
      if pending.isClosed { return (.closed, false) }
      let fits =
        pending.counters.pendingCommands < options.commandsMax
        && pending.counters.pendingBytes + weight <= options.pendingBytesMax
      guard fits || isOwed else {
        pending.counters.refusals += 1
        return (.overloaded, false)
      }
      pending.commands.append(command)
      pending.counters.pendingCommands += 1
      pending.counters.pendingBytes += weight
      defer { pending.isDraining = true }
      return (nil, !pending.isDraining)
    }
    if let refusal { return command.fail(refusal) }
    if mustWake { queue.async { self.drain() } }
  }

  /// Works until nothing waits. On the queue only.
  private func drain() {
    while true {
      let batch = pending.withLock { pending in
        let batch = pending.commands
        pending.commands = []
        pending.isDraining = !batch.isEmpty
        return batch
      }
      guard !batch.isEmpty, let database else { return }
      var rest = batch[...]
      while !rest.isEmpty { rest = rest.dropFirst(commit(rest, database)) }
      sweepIfTooLarge(database)
    }
  }

  /// Does the first of these commands in one transaction and tells their callers.
  /// - Returns: how many.
  private func commit(_ commands: ArraySlice<Command>, _ database: Database) -> Int {
    let transaction = Transaction(database: database, now: options.clock())
    var outcomes: [@Sendable () -> Void] = []
    database.bytesRead = 0
    do throws(StoreFailure) {
      try database.run("BEGIN")
      for command in commands {
        // What was read waits in memory for the commit; much of it is reason enough for one.
        if database.bytesRead > Limits.chainBytesMax { break }
        do throws(StoreFailure) {
          outcomes.append(try command.run(transaction))
        } catch let failure {
          if failure.isFault { throw failure }
          outcomes.append { command.fail(failure) }
        }
      }
      try database.run("COMMIT")
    } catch {
      database.rollBack()
      pending.withLock { $0.counters.faults += 1 }
      // Who is to blame finds out alone; the others must not suffer for it.
      if commands.count > 1, !outcomes.isEmpty {
        for command in commands.prefix(outcomes.count) { _ = commit([command], database) }
        return outcomes.count
      }
      let failed = commands[commands.startIndex]
      outcomes = [{ failed.fail(error) }]
    }
    finish(commands.prefix(outcomes.count), outcomes)
    return outcomes.count
  }

  private func finish(_ commands: ArraySlice<Command>, _ outcomes: [@Sendable () -> Void]) {
    pending.withLock { pending in
      pending.counters.commits += 1
      pending.counters.pendingCommands -= commands.count
      pending.counters.pendingBytes -= commands.reduce(0) { $0 + $1.weight }
    }
    for outcome in outcomes { outcome() }
  }
}

/// A call that waits for the queue.
struct Command: Sendable {
  /// Bytes that it brings along.
  let weight: Int
  /// Does it; what this returns tells the caller that it is done, after the commit.
  let run: @Sendable (Transaction) throws(StoreFailure) -> @Sendable () -> Void
  let fail: @Sendable (StoreFailure) -> Void
}

// MARK: - Sweeping

extension StateStore {
  private func startSweeping() {
    guard options.sweepEvery > .zero else { return }
    let timer = DispatchSource.makeTimerSource(queue: queue)
    let every = options.sweepEvery.inSeconds
    timer.schedule(deadline: .now() + every, repeating: every, leeway: .seconds(1))
    timer.setEventHandler { [weak self] in self?.sweepByItself() }
    timer.activate()
    self.timer = timer
  }

  /// Between two looks at the clock, what was written may be too much.
  private func sweepIfTooLarge(_ database: Database) {
    guard let max = options.bytesMax else { return }
    // If the last sweep found nothing to remove, another one only makes sense after more was written.
    if database.usedBytes > Swift.max(max, bytesAfterSweep + max / 64) { sweepByItself() }
  }

  private func sweepByItself() {
    guard !isSweeping else { return }
    isSweeping = true
    sweep { [weak self] _ in self?.isSweeping = false }
  }

  /// One step; the next one waits behind what others want meanwhile.
  private func sweep(removedBefore: Int, _ then: @escaping Completion<Int>) {
    let max = options.bytesMax
    submit(
      0,
      { [weak self] (result: Result<Sweep, StoreFailure>) in
        guard let self, case .success(let sweep) = result else { return then(result.map(\.removed)) }
        bytesAfterSweep = sweep.bytes
        note(sweep)
        let removed = removedBefore + sweep.removed
        guard sweep.isDone else { return self.sweep(removedBefore: removed, then) }
        // What was removed is still in the log, where nothing overwrites it while nobody writes.
        try? database?.run("PRAGMA wal_checkpoint(TRUNCATE)")
        then(.success(removed))
      }
    ) { transaction throws(StoreFailure) in try transaction.sweep(bytesMax: max) }
  }

  private func note(_ sweep: Sweep) {
    pending.withLock { pending in
      if sweep.isDone {
        pending.counters.responses = sweep.responses
        pending.counters.conversations = sweep.conversations
      }
      pending.counters.bytes = sweep.bytes
      pending.counters.removals += sweep.removed
    }
  }
}
