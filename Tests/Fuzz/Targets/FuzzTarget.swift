/// One thing that is fuzzed: takes any bytes, and traps when something that must hold does not.
package struct FuzzTarget: Sendable {
  /// What `scripts/fuzz` and the folders of the corpus call it.
  package let name: String
  /// Runs it once. The bytes end where the memory does, so that a sanitizer sees every read beyond them.
  package let run: @Sendable (UnsafeBufferPointer<UInt8>) -> Void

  package static let all = [
    FuzzTarget(name: "request", run: fuzzRequest),
    FuzzTarget(name: "chunked", run: fuzzChunked),
    FuzzTarget(name: "forwarded", run: fuzzForwarded),
    FuzzTarget(name: "answer", run: fuzzAnswer),
    FuzzTarget(name: "sse", run: fuzzSSE),
    FuzzTarget(name: "relay", run: fuzzRelay),
    FuzzTarget(name: "json", run: fuzzJSON),
    FuzzTarget(name: "json-splice", run: fuzzJSONSplice),
    FuzzTarget(name: "gzip", run: fuzzGzip),
    FuzzTarget(name: "config", run: fuzzConfig),
    FuzzTarget(name: "body", run: fuzzBody),
    FuzzTarget(name: "multipart", run: fuzzMultipart),
    FuzzTarget(name: "state", run: fuzzState),
    FuzzTarget(name: "chat-stream", run: fuzzChatStream),
    FuzzTarget(name: "responses-stream", run: fuzzResponsesStream),
    FuzzTarget(name: "chat-request", run: fuzzChatRequest),
    FuzzTarget(name: "responses-request", run: fuzzResponsesRequest),
    FuzzTarget(name: "chat-answer", run: fuzzChatAnswer),
    FuzzTarget(name: "responses-answer", run: fuzzResponsesAnswer),
  ]
}

/// Stops the run: `condition` had to hold.
func must(_ condition: Bool, _ what: @autoclosure () -> String) {
  if !condition { fatalError(what()) }
}

/// A way to cut an input into pieces that depends on the input alone, so that a finding repeats itself and the input
/// needs no bytes for it.
struct Cuts {
  private var state: UInt64

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    // FNV-1a.
    state = bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } | 1
  }

  /// A number below `bound`.
  mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  /// `bytes` in pieces: short ones and long ones in turns.
  mutating func pieces(of bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      let longest = next(below: 4) == 0 ? bytes.count : 8
      let end = min(bytes.count, start + 1 + next(below: longest))
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }
}
