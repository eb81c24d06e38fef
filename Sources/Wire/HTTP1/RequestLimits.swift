/// The caps of one request on its way in. Beyond a cap the parser fails with the status named here.
package struct RequestLimits: Equatable, Sendable {
  /// Bytes of the request line and all header lines together, line ends included (431; 414 within the request line).
  /// Coding agents send single fields above 4 KiB, so this is well above the usual 8 KiB.
  package var headBytesMax: Int
  /// Header fields of a head, and of a trailer section (431).
  package var headersMax: Int
  /// Bytes of the request target as sent (414); RFC 9110 section 4.1 asks for 8000 at least.
  package var targetBytesMax: Int
  /// Empty lines skipped before a request line (RFC 9112 section 2.2); one more is a 400.
  package var emptyLinesMax: Int
  /// Body bytes after transfer decoding (413).
  package var bodyBytesMax: Int
  /// Bytes of the extensions of one chunk, from `;` to the line end (400).
  package var chunkExtensionBytesMax: Int
  /// Framing bytes of a chunked body that are free of charge (400 beyond). On top of them, a body may carry
  /// ``chunkOverheadPerByte`` framing bytes for each payload byte: tiny chunks are fine, a body of framing is not.
  package var chunkOverheadMax: Int
  /// Framing bytes allowed for each payload byte, on top of ``chunkOverheadMax``.
  package var chunkOverheadPerByte: Int
  /// Bytes of a chunked body's trailer section, its closing empty line included (431).
  package var trailerBytesMax: Int

  /// Limits with the defaults of `docs/architecture.md`, section 6.
  package init(
    headBytesMax: Int = 32 << 10, headersMax: Int = 100, targetBytesMax: Int = 8 << 10, emptyLinesMax: Int = 4,
    bodyBytesMax: Int = 32 << 20, chunkExtensionBytesMax: Int = 256, chunkOverheadMax: Int = 64 << 10,
    chunkOverheadPerByte: Int = 2, trailerBytesMax: Int = 8 << 10
  ) {
    self.headBytesMax = headBytesMax
    self.headersMax = headersMax
    self.targetBytesMax = targetBytesMax
    self.emptyLinesMax = emptyLinesMax
    self.bodyBytesMax = bodyBytesMax
    self.chunkExtensionBytesMax = chunkExtensionBytesMax
    self.chunkOverheadMax = chunkOverheadMax
    self.chunkOverheadPerByte = chunkOverheadPerByte
    self.trailerBytesMax = trailerBytesMax
  }
}
