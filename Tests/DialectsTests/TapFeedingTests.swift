import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: what a tap knows does not depend on how the stream was cut into reads, and whatever it was fed, what it says
/// is sound. Method: recorded streams in pieces of many sizes, and with random damage.
@Suite struct TapFeedingTests {
  private func feed<T: Tap>(_ bytes: [UInt8], step: Int, to tap: T) -> T {
    var tap = tap
    var scanner = SSEScanner()
    var buffer: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: step) {
      buffer += bytes[start..<min(start + step, bytes.count)]
      while let block = scanner.next(in: buffer.span) { tap.observe(block, in: buffer.span) }
      let consumed = scanner.unfinishedFrom
      buffer.removeFirst(consumed)
      scanner.rebase(by: consumed)
    }
    return tap
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000]) func endingsAreTheSameForEveryCut(_ step: Int) {
    let fallback = StreamIdentity(id: "f", model: "f", created: 1)
    let responses = Array(RecordedResponses.blocks.prefix(14).joined())
    let whole = feed(responses, step: responses.count, to: ResponsesTap()).stopEnding(fallback: fallback)
    #expect(feed(responses, step: step, to: ResponsesTap()).stopEnding(fallback: fallback) == whole)

    let chat = Array(EventStream.chunks(Array(ChatTapTests.interleaved.prefix(4))).joined())
    let tap = feed(chat, step: chat.count, to: ChatTap(.chat, choices: 2))
    let cut = feed(chat, step: step, to: ChatTap(.chat, choices: 2))
    #expect(
      cut.stopEnding(includeUsage: true, fallback: fallback) == tap.stopEnding(includeUsage: true, fallback: fallback))
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func endingsAreSoundAfterAnyDamage(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let fallback = StreamIdentity(id: "f", model: "f", created: 1)
    let error = ErrorBody(message: "m", type: "t")
    let streams = [Array(RecordedResponses.blocks.joined()), Array(EventStream.chunks(ChatTapTests.plain).joined())]
    for stream in streams {
      for _ in 0..<20 {
        var bytes = Array(stream.prefix(Int.random(in: 0...stream.count, using: &random)))
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : UInt8(ascii: "\\")
        }
        let responses = feed(bytes, step: 100, to: ResponsesTap())
        let chat = feed(bytes, step: 100, to: ChatTap(.chat))
        let endings = [
          responses.stopEnding(fallback: fallback), responses.failedEnding(error, fallback: fallback),
          chat.stopEnding(includeUsage: true, fallback: fallback),
        ]
        for event in endings.flatMap(EventStream.events) where event.text != "[DONE]" {
          #expect(event.json != nil, "\(event.text)")
        }
      }
    }
  }
}
