extension Duration {
  /// Whole microseconds, rounded towards zero.
  package var wholeMicroseconds: Int {
    let attoseconds = attoseconds
    // Up to nine seconds fit into a word; dividing two of them is dear, and done several times per request.
    let short = Int64(truncatingIfNeeded: attoseconds)
    if Int128(short) == attoseconds { return Int(short / 1_000_000_000_000) }
    return Int(clamping: attoseconds / 1_000_000_000_000)
  }

  /// Whole milliseconds, rounded towards zero.
  package var wholeMilliseconds: Int { wholeMicroseconds / 1000 }
}
