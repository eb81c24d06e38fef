/// What happens to an event of an upstream's stream whose data is not what the endpoint sends.
package enum MalformedEventPolicy: String, CaseIterable, Sendable {
  /// The stream counts as broken.
  case fail
  /// The event is left out.
  case skip
  /// The event is passed on as it came.
  case relay
}
