/// Whole bodies in and out of gzip (RFC 1952).
package enum Gzip {
  /// `bytes` as one gzip member; nil only when zlib gets no memory. `level` 1 (fast) to 9 (small).
  package static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8]? {
    guard let deflater = try? GzipDeflater(level: level) else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count / 4 + 64)
    deflater.deflate(bytes.span, .finish, into: &output)
    return output
  }

  /// What the gzip stream `bytes` expands to.
  package static func decompress(
    _ bytes: [UInt8], limits: GzipLimits = GzipLimits()
  ) throws(GzipFailure) -> [UInt8] {
    let inflater = try GzipInflater(limits: limits)
    var output: [UInt8] = []
    try inflater.inflate(bytes.span, into: &output)
    try inflater.finish()
    return output
  }
}
