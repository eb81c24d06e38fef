import TestSupport
import Wire

/// The scanner of event streams agrees with the obvious one, however the bytes are cut; a payload that is written is
/// read back.
func fuzzSSE(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let all = Array(bytes)
  let expected = ReferenceSSE.blocks(all)
  must(SSEFeeder(drops: false).blocks([all[...]]) == expected, "the whole reads otherwise")
  must(SSEFeeder(drops: true).blocks(cuts.pieces(of: bytes).map { all[$0] }) == expected, "cuts change the blocks")

  // The obvious scanner is slow.
  guard cuts.next(below: 4) == 0 else { return }
  var written: [UInt8] = []
  SSEWriter.append(data: all, to: &written)
  let blocks = ReferenceSSE.blocks(written)
  must(blocks.count == 1 && blocks[0].data == unixLines(all), "what was written reads otherwise")
}

/// `bytes` with every line end as LF.
private func unixLines(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  for (index, byte) in bytes.enumerated() {
    if byte == 0x0a, index > 0, bytes[index - 1] == 0x0d { continue }
    result.append(byte == 0x0d ? 0x0a : byte)
  }
  return result
}
