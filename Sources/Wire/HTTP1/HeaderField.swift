/// One header line, as ranges into ``RequestHead/bytes``.
package struct HeaderField: Equatable, Sendable {
  /// The name as sent; a non-empty token (RFC 9110 section 5.1).
  package var name: Range<Int>
  /// The value without the white space around it; no control characters except HTAB, maybe bytes above 0x7F.
  package var value: Range<Int>
  /// The name, if the gateway knows it.
  package var known: HeaderName?
}
