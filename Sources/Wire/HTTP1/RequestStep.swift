/// What one call of ``RequestParser/advance(_:)`` found. `consumed` counts bytes of the input just given; the next call
/// takes the input from there on.
package enum RequestStep: Equatable, Sendable {
  /// Nothing further without more input.
  case needMore(consumed: Int)
  /// The head is complete and stands in ``RequestParser/head``.
  case head(consumed: Int)
  /// Payload bytes of the body, transfer coding removed: a non-empty range of the input just given.
  case body(Range<Int>, consumed: Int)
  /// The request is complete; ``RequestParser/reset()`` makes the parser ready for the next one.
  case end(consumed: Int)
  /// The request is broken; the parser gives the same answer from now on.
  case failed(RequestFailure)
}
