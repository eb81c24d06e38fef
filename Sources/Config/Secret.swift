/// A secret in memory that does not show itself: printed, interpolated or dumped it is only its mask.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The secret itself, for the one place that sends it.
  package let value: String

  package init(_ value: String) {
    self.value = value
  }

  /// What may be shown: `***`, or for secrets of more than 12 characters an ellipsis and the last four, after the
  /// `sk-` that says nothing.
  package var masked: String {
    guard value.count > 12 else { return "***" }
    return (value.hasPrefix("sk-") ? "sk-…" : "…") + value.suffix(4)
  }

  package var description: String { masked }
  package var debugDescription: String { masked }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
