/// What the log looks like.
package struct LogOptions: Equatable, Sendable {
  /// The form of a log line.
  package enum Format: String, CaseIterable, Sendable {
    /// One JSON object per line.
    case json
    /// Words and `name=value` pairs, for people.
    case text
  }

  /// The form of a log line.
  package var format: Format
  /// Whether each request leaves a line at its end.
  package var access: Bool

  package init(format: Format = .json, access: Bool = true) {
    self.format = format
    self.access = access
  }
}
