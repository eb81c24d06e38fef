import Policy

/// Everything a running gateway is told, as one immutable snapshot.
///
/// `ConfigurationLoader` makes it from a file, the environment and the command line; a reload makes a new one and swaps
/// it. Every value has been validated: whoever reads a snapshot need not check again.
package struct Configuration: Equatable, Sendable {
  /// Where and how the gateway listens.
  package var listen: ListenOptions
  /// Path prefixes that stand for `/v1`; each starts with `/` and does not end with one.
  package var basePaths: [String]
  /// Client keys; empty = the gateway asks for none.
  package var keys: [ClientKey]
  /// The servers that answer; never empty in a loaded configuration. `ModelMatch.upstream` is an index into it.
  package var upstreams: [UpstreamOptions]
  /// Which upstream answers for which model name.
  package var models: ModelTable
  /// Time limits of a request, unless its upstream or model says otherwise.
  package var timeouts: Timeouts
  /// Retries of a request, unless its upstream or model says otherwise.
  package var retry: RetryPolicy
  /// How many retries there may be in all; nil = as many as `retry` allows.
  package var retryBudget: RetryBudgetPolicy?
  /// When a target counts as broken, unless its upstream says otherwise.
  package var breaker: BreakerPolicy
  /// How many requests run at once in the whole process; nil = any number.
  package var limit: QueueLimit?
  /// Whether streams that wait for a place are told their position in comments.
  package var queueComments: Bool
  /// Where stored responses and conversations are kept.
  package var state: StateOptions
  /// Bounds on what a client may send.
  package var limits: LimitOptions
  /// Which web pages may call the gateway.
  package var cors: CORSOptions
  /// How long the gateway waits for its clients.
  package var client: ClientOptions
  /// Longest silence on a stream before a comment is sent to keep the connection open; nil = never.
  package var keepAlive: Duration?
  /// How long running requests may go on after a shutdown was asked for.
  package var drain: Duration
  /// What the log looks like.
  package var log: LogOptions
  /// Whether non-streamed bodies go out gzip-compressed to clients that accept it.
  package var compression: Bool
  /// What an operator should know about this configuration although it is no mistake; one sentence each.
  package var notices: [String]

  /// A configuration with the defaults for everything that is not given.
  package init(
    listen: ListenOptions = ListenOptions(), basePaths: [String] = [], keys: [ClientKey] = [],
    upstreams: [UpstreamOptions] = [], models: ModelTable = ModelTable(), timeouts: Timeouts = Timeouts(),
    retry: RetryPolicy = RetryPolicy(), retryBudget: RetryBudgetPolicy? = RetryBudgetPolicy(),
    breaker: BreakerPolicy = BreakerPolicy(), limit: QueueLimit? = nil, queueComments: Bool = false,
    state: StateOptions = StateOptions(), limits: LimitOptions = LimitOptions(), cors: CORSOptions = CORSOptions(),
    client: ClientOptions = ClientOptions(), keepAlive: Duration? = Limits.keepAliveComment,
    drain: Duration = Limits.drainMax,
    log: LogOptions = LogOptions(), compression: Bool = true, notices: [String] = []
  ) {
    self.listen = listen
    self.basePaths = basePaths
    self.keys = keys
    self.upstreams = upstreams
    self.models = models
    self.timeouts = timeouts
    self.retry = retry
    self.retryBudget = retryBudget
    self.breaker = breaker
    self.limit = limit
    self.queueComments = queueComments
    self.state = state
    self.limits = limits
    self.cors = cors
    self.client = client
    self.keepAlive = keepAlive
    self.drain = drain
    self.log = log
    self.compression = compression
    self.notices = notices
  }

  /// The upstream for requests that name no model (files, batches …): that of the model `*`, else the first one.
  ///
  /// nil only for a configuration without upstreams, which the loader never returns.
  package var defaultUpstream: Int? {
    models.catchAll?.firstTarget.upstream ?? (upstreams.isEmpty ? nil : 0)
  }

  /// The client keys in the form that requests are checked against; hashes each key, so made once per snapshot.
  package func keyTable() -> KeyTable {
    KeyTable(keys.map { KeyEntry(name: $0.name, digest: $0.digest, isAdmin: $0.admin) })
  }

  /// Why the listening address must not be used: others can reach it and nobody is asked for a key; nil = it may.
  package var exposure: String? {
    guard !listen.isLoopback, keys.isEmpty, !listen.insecure else { return nil }
    return "other machines can reach \(listen.host) and no client `keys` are configured; "
      + "add keys, listen on 127.0.0.1, or set `listen.insecure: true` to let everybody in"
  }
}
