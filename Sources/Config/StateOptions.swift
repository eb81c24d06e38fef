import Policy

/// Where and how long the gateway keeps what outlives a request: responses, their input, conversations.
package struct StateOptions: Equatable, Sendable {
  /// The file; `:memory:` keeps everything in memory, and nothing beyond a restart.
  package var path: String
  /// How long a response can be asked for after it was made.
  package var retention: Duration
  /// Size above which the oldest responses go before their time, in bytes.
  package var bytesMax: Int

  package init(
    path: String = ":memory:", retention: Duration = Limits.stateRetention, bytesMax: Int = Limits.stateBytesMax
  ) {
    self.path = path
    self.retention = retention
    self.bytesMax = bytesMax
  }
}
