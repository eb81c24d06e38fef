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
  package var isWildcard: Bool { name.utf8.contains(UInt8(ascii: "*")) }

  /// The target that stands for the model where only one can: the first one given.
  package var firstTarget: RouteTarget { targets[0] }

  /// The overall deadline of a request for this model, whichever target answers.
  package var total: Duration { targets[0].timeouts.total }

  /// These options as they are for one name: `asked` for targets without a name, `matched` for every `*`.
  func asked(_ asked: String, matched: Substring) -> ModelOptions {
    var options = self
    for index in targets.indices {
      guard let model = targets[index].model else {
        options.targets[index].model = asked
        continue
      }
      if let filled = Self.filled(model, matched) { options.targets[index].model = filled }
    }
    Self.fill(&options.fallbacks.models, matched)
    Self.fill(&options.fallbacks.contextLength, matched)
    Self.fill(&options.fallbacks.contentFilter, matched)
    return options
  }

  private static func fill(_ names: inout [String], _ matched: Substring) {
    for index in names.indices {
      if let filled = filled(names[index], matched) { names[index] = filled }
    }
  }

  /// A name with its `*` replaced; nil = it has none.
  private static func filled(_ name: String, _ matched: Substring) -> String? {
    guard let star = name.utf8.firstIndex(of: UInt8(ascii: "*")) else { return nil }
    return String(name[..<star]) + matched + name[name.utf8.index(after: star)...]
  }
}

/// What `ModelTable.lookup` found.
package struct ModelMatch: Equatable, Sendable {
  /// Index of the entry in `ModelTable.entries`.
  package var entry: Int
  /// The entry that matched, as it is for this name: each target has the upstream's name for the model, never nil, and
  /// no name has a `*`.
  package var options: ModelOptions
}
