import Dialects
import Policy
import Wire

/// Streams of the chat API and its predecessor, as an upstream may send them: whatever was seen, what is added to them
/// or made of them is sound.
func fuzzChatStream(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let source = Array(bytes)
  let blocks = EventBlocks(source)
  let flavor: ChatTap.Flavor = cuts.next(below: 4) == 0 ? .completions : .chat
  var tap = ChatTap(flavor, choices: 2)
  for block in blocks.all { tap.observe(block, in: source.span) }
  mustBeEvents(tap.stopEnding(includeUsage: true, fallback: identity))
  observe(AnswerAggregate(flavor), blocks, source, isStopped: cuts.next(below: 2) == 0)
  join(StreamResume(flavor), blocks, source, &cuts)
}

/// The same for the responses API.
func fuzzResponsesStream(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  let source = Array(bytes)
  let blocks = EventBlocks(source)
  var tap = ResponsesTap()
  for block in blocks.all { tap.observe(block, in: source.span) }
  if cuts.next(below: 2) == 0 {
    mustBeEvents(tap.stopEnding(fallback: identity))
  } else {
    mustBeEvents(tap.failedEnding(ErrorBody(message: "m", type: "t"), fallback: identity))
  }
  observe(AnswerAggregate.responses, blocks, source, isStopped: cuts.next(below: 2) == 0)
  join(StreamResume.responses, blocks, source, &cuts)
}

private let identity = StreamIdentity(id: "id", model: "m", created: 1)

/// The blocks of a stream.
struct EventBlocks {
  var all: [SSEBlock] = []
  /// Those that the gateway takes for events.
  var sound: [SSEBlock] = []

  init(_ source: [UInt8]) {
    var scanner = SSEScanner()
    while let block = scanner.next(in: source.span) { all.append(block) }
    while let block = scanner.finish(in: source.span) { all.append(block) }
    sound = all.filter { EventSoundness.isSound($0, in: source.span) }
  }
}

/// Every block is an event with JSON, or the end of a stream.
func mustBeEvents(_ stream: [UInt8]) {
  var scanner = SSEScanner()
  var end = 0
  // A return at the end of all may be half of a line end.
  while let block = scanner.next(in: stream.span) ?? scanner.finish(in: stream.span) {
    end = block.range.upperBound
    guard block.data != nil else { continue }
    let payload = block.joinedData(in: stream.span)
    // Clients only look how it begins.
    let isEnd = payload.drop { $0 <= 0x20 }.starts(with: "[DONE]".utf8)
    must(isEnd || isJSON(payload), "an event that is no JSON")
  }
  must(end == stream.count, "an event without its end")
}

func isJSON(_ bytes: [UInt8]) -> Bool { (try? JSONScan.document(bytes.span)) != nil }

private func observe(_ start: AnswerAggregate, _ blocks: EventBlocks, _ source: [UInt8], isStopped: Bool) {
  var aggregate = start
  for block in blocks.sound { aggregate.observe(block, in: source.span) }
  guard let id = RequestID(accepting: "req_1") else { return }
  must(
    isJSON(aggregate.answer(isStopped: isStopped, requestID: id, model: nil, createdAt: 1)),
    "an answer that is no JSON")
}

/// The stream breaks somewhere and comes again, mostly from its beginning.
private func join(_ start: StreamResume, _ blocks: EventBlocks, _ source: [UInt8], _ cuts: inout Cuts) {
  var resume = start
  let sent = cuts.next(below: blocks.sound.count + 1)
  for block in blocks.sound.prefix(sent) { resume.note(block, in: source.span, bytesMax: 1 << 16) }
  guard resume.isPossible else { return }
  let prefill = resume.prefill
  if let prefill { must(isJSON([0x22] + prefill + [0x22]), "a prefill that is no text") }
  resume.begin(isContinuation: prefill != nil && cuts.next(below: 2) == 0)
  for block in blocks.sound.dropFirst(cuts.next(below: 4) == 0 ? sent : 0) {
    guard case .pass(let event) = resume.rewrite(block, in: source.span) else { return }
    mustBeEvents(event)
  }
}
