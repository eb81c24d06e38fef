import Wire

/// Expanding gives the same however the bytes are cut, and stays within its limits; what is compressed expands to what
/// it was.
func fuzzGzip(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let pieces = cuts.pieces(of: bytes)
  let whole = Expanded(bytes, pieces: [0..<bytes.count])
  let cut = Expanded(bytes, pieces: pieces)
  // What exceeds a ratio does so at another byte when less of the input is known.
  if whole.failure != .tooLarge, cut.failure != .tooLarge { must(cut == whole, "cuts change what it expands to") }
  must(whole.output.count <= Expanded.limits.outputBytesMax, "more than the limit")

  // A deflater is made in the time of many inflations.
  guard cuts.next(below: 8) == 0, let deflater = try? GzipDeflater(level: 1) else { return }
  var packed: [UInt8] = []
  for (index, piece) in pieces.enumerated() {
    let input = Span(_unsafeElements: UnsafeBufferPointer(rebasing: bytes[piece]))
    deflater.deflate(input, index % 2 == 0 ? .sync : .none, into: &packed)
  }
  deflater.deflate([UInt8]().span, .finish, into: &packed)
  must((try? Gzip.decompress(packed)) == Array(bytes), "what was compressed expands to something else")
}

private struct Expanded: Equatable {
  static let limits = GzipLimits(outputBytesMax: 1 << 16, ratioMax: 200, ratioFreeBytes: 1 << 14)

  var output: [UInt8] = []
  var failure: GzipFailure?

  init(_ bytes: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>]) {
    do throws(GzipFailure) {
      let inflater = try GzipInflater(limits: Expanded.limits)
      for piece in pieces {
        try inflater.inflate(Span(_unsafeElements: UnsafeBufferPointer(rebasing: bytes[piece])), into: &output)
      }
      try inflater.finish()
    } catch {
      failure = error
    }
  }
}
