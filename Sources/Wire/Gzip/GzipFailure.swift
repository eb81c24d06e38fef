/// Why gzip data could not be read or written.
package enum GzipFailure: Error, Equatable, Sendable {
  /// The output is larger than the limits allow.
  case tooLarge
  /// The bytes are not gzip, or a checksum is wrong.
  case corrupt
  /// The data ends before its last member does.
  case truncated
  /// zlib got no memory.
  case outOfMemory
}

/// Bounds on what compressed input may expand to.
package struct GzipLimits: Equatable, Sendable {
  /// The largest output in all.
  package var outputBytesMax: Int
  /// The largest output per input byte; deflate itself can reach about 1030.
  package var ratioMax: Int
  /// Output up to this size is never held against the ratio: small bodies may well be repetitive.
  package var ratioFreeBytes: Int

  package init(outputBytesMax: Int = 32 << 20, ratioMax: Int = 200, ratioFreeBytes: Int = 1 << 20) {
    self.outputBytesMax = outputBytesMax
    self.ratioMax = ratioMax
    self.ratioFreeBytes = ratioFreeBytes
  }

  /// Whether `output` bytes out of `input` bytes are more than is allowed.
  func areExceeded(input: Int, output: Int) -> Bool {
    let (allowed, overflow) = input.multipliedReportingOverflow(by: ratioMax)
    return output > outputBytesMax || (output > ratioFreeBytes && !overflow && output > allowed)
  }
}
