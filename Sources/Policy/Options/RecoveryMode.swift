/// What happens to a stream that breaks after events were relayed.
package enum RecoveryMode: String, CaseIterable, Sendable {
  /// It ends with an error event.
  case off
  /// It is asked for again and goes on where it broke, if the new answer can be joined to the old one.
  case resume
}
