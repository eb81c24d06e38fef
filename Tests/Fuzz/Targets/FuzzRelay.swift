import TestSupport
import Wire

@testable import Gateway

/// A relayed stream: nothing is lost, added or moved however it is cut, and what has gone out ends between two events.
func fuzzRelay(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let pieces = cuts.pieces(of: bytes)
  let whole = Relayed(bytes, pieces: [0..<bytes.count], heldMax: bytes.count)
  let cut = Relayed(bytes, pieces: pieces, heldMax: bytes.count)
  must(cut == whole, "cuts change what is relayed")
  must(whole.events == whole.bytes, "what is relayed are not the events")
  must(whole.bytes + whole.tail == Array(bytes), "bytes are lost")
  // Events beyond the cap go out in pieces, but go out.
  let small = Relayed(bytes, pieces: pieces, heldMax: 1 + cuts.next(below: 32))
  must(small.bytes + small.tail == Array(bytes), "bytes of large events are lost")
}

private struct Relayed: Equatable {
  /// What went out while the stream ran.
  var bytes: [UInt8] = []
  /// What went out at its end.
  var tail: [UInt8] = []
  /// The blocks that were seen while it ran.
  var events: [UInt8] = []

  init(_ input: UnsafeBufferPointer<UInt8>, pieces: [Range<Int>], heldMax: Int) {
    var relay = EventRelay(heldMax: heldMax)
    var (out, seen): ([UInt8], [UInt8]) = ([], [])
    for piece in pieces {
      let raw = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: input[piece]))
      let goesOn = relay.take(raw) { block, source in
        seen.append(copying: block.range, of: source)
        return true
      } emit: {
        out += $0
      }
      must(goesOn, "a stream that nobody ended has ended")
    }
    tail = relay.finish { _, _ in true }
    (bytes, events) = (out, seen)
  }
}
