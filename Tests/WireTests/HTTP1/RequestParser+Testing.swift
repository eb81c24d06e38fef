@testable import Wire

extension RequestParser {
  /// ``advance(_:)`` for whole collections: spans do not fit into test expectations.
  mutating func advance(bytes: some Collection<UInt8>) -> RequestStep {
    advance(Array(bytes).span)
  }
}
