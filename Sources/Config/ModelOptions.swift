import Policy

/// What a model name that clients may ask for stands for.
package struct ModelOptions: Equatable, Sendable {
  /// The exact name, or a wildcard: `*`, or one `*` at the end or the start (`openai/*`, `*-instruct`).
  package var name: String
  /// Where its requests may go, in the order given; never empty.
  package var targets: [RouteTarget]
  /// In which order the targets are tried.
  package var strategy: RouteStrategy
  /// The models that answer when no target does.
  package var fallbacks: FallbackRules
  /// What happens to a stream that breaks half-way.
  package var recovery: RecoveryMode
  /// What happens to an event that is not what it should be.
  package var malformed: MalformedEventPolicy
  /// Whether the upstream is asked for a stream even where the client wants the answer in one piece.
  package var blockingOverStream: Bool
  /// Silence on a blocking call after which, and at which, white space keeps its connection open; nil = never.
  package var blockingKeepAlive: Duration?
  /// How many of its requests run at once, all names of a wildcard together; nil = any number.
  package var limit: QueueLimit?

  /// - Parameter targets: at least one.
  package init(
    name: String, targets: [RouteTarget], strategy: RouteStrategy = .priority,
    fallbacks: FallbackRules = FallbackRules(), recovery: RecoveryMode = .off, malformed: MalformedEventPolicy = .relay,
    blockingOverStream: Bool = false, blockingKeepAlive: Duration? = nil, limit: QueueLimit? = nil
  ) {
    precondition(!targets.isEmpty, "a model needs a target")
    self.name = name
    self.targets = targets
    self.strategy = strategy
    self.fallbacks = fallbacks
    self.recovery = recovery
    self.malformed = malformed
    self.blockingOverStream = blockingOverStream
    self.blockingKeepAlive = blockingKeepAlive
    self.limit = limit
  }

  /// A model with one target.
  package init(
    name: String, upstream: Int, model: String? = nil, timeouts: Timeouts = Timeouts(),
    retry: RetryPolicy = RetryPolicy()
  ) {
    let target = RouteTarget(upstream: upstream, model: model, timeouts: timeouts, retry: retry)
    self.init(name: name, targets: [target])
  }

  /// Whether the name stands for many.
  package var isWildcard: Bool { name.contains("*") }

  /// The target that stands for the model where only one can: the first one given.
  package var firstTarget: RouteTarget { targets[0] }

  /// The overall deadline of a request for this model, whichever target answers.
  package var total: Duration { targets[0].timeouts.total }

  /// These options with every target's model name filled in: `asked` where it has none, `matched` for its `*`.
  func asked(_ asked: String, matched: Substring) -> ModelOptions {
    var options = self
    for index in targets.indices {
      guard let model = targets[index].model else {
        options.targets[index].model = asked
        continue
      }
      guard let star = model.firstIndex(of: "*") else { continue }
      options.targets[index].model = String(model[..<star]) + matched + model[model.index(after: star)...]
    }
    return options
  }
}

/// What `ModelTable.lookup` found.
package struct ModelMatch: Equatable, Sendable {
  /// Index of the entry in `ModelTable.entries`.
  package var entry: Int
  /// The entry that matched; the `model` of each of its targets is the upstream's name, never nil and without a `*`.
  package var options: ModelOptions
}
