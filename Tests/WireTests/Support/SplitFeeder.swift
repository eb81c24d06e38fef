/// Cuts an input in all the ways that matter for an incremental parser.
struct SplitFeeder {
  /// One way to cut: the pieces in order, and its name for messages.
  struct Cut {
    var name: String
    var pieces: [ArraySlice<UInt8>]
  }

  let bytes: [UInt8]
  /// Longest input that is split at every offset; a longer one is split near its ends and at regular steps between.
  var everySplitMax = 1500

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The whole, byte by byte, and in two pieces at each split point.
  var cuts: some Sequence<Cut> {
    let plain = [whole, byteByByte]
    return [AnySequence(plain), AnySequence(splitPoints.lazy.map(split))].joined()
  }

  var whole: Cut { Cut(name: "whole", pieces: [bytes[...]]) }

  var byteByByte: Cut { Cut(name: "byte by byte", pieces: bytes.indices.map { bytes[$0...$0] }) }

  private func split(at offset: Int) -> Cut {
    Cut(name: "split at \(offset)", pieces: [bytes[..<offset], bytes[offset...]])
  }

  private var splitPoints: [Int] {
    let all = 1..<max(bytes.count, 1)
    guard bytes.count > everySplitMax else { return Array(all) }
    let step = bytes.count / 100
    return all.filter { $0 <= 64 || $0 >= bytes.count - 64 || $0 % step == 0 }
  }
}
