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
  observe(AnswerAggregate(flavor), blocks, source)
  join(StreamResume(flavor), blocks, source)
}

/// The same for the responses API.
func fuzzResponsesStream(_ bytes: UnsafeBufferPointer<UInt8>) {
  let source = Array(bytes)
  let blocks = EventBlocks(source)
  var tap = ResponsesTap()
  for block in blocks.all { tap.observe(block, in: source.span) }
  mustBeEvents(tap.stopEnding(fallback: identity))
  mustBeEvents(tap.failedEnding(ErrorBody(message: "m", type: "t"), fallback: identity))
  observe(AnswerAggregate.responses, blocks, source)
  join(StreamResume.responses, blocks, source)
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
  while let block = scanner.next(in: stream.span) {
    end = block.range.upperBound
    guard let data = block.data else { continue }
    let payload = Array(stream[data])
    must(payload == Array("[DONE]".utf8) || isJSON(payload), "an event that is no JSON")
  }
  must(end == stream.count, "an event without its end")
}

func isJSON(_ bytes: [UInt8]) -> Bool { (try? JSONScan.document(bytes.span)) != nil }

private func observe(_ start: AnswerAggregate, _ blocks: EventBlocks, _ source: [UInt8]) {
  var aggregate = start
  for block in blocks.sound { aggregate.observe(block, in: source.span) }
  guard let id = RequestID(accepting: "req_1") else { return }
  for isStopped in [false, true] {
    must(
      isJSON(aggregate.answer(isStopped: isStopped, requestID: id, model: nil, createdAt: 1)),
      "an answer that is no JSON")
  }
}

/// The stream breaks in the middle and comes again from its beginning.
private func join(_ start: StreamResume, _ blocks: EventBlocks, _ source: [UInt8]) {
  var resume = start
  for block in blocks.sound.prefix(blocks.sound.count / 2) { resume.note(block, in: source.span, bytesMax: 1 << 16) }
  guard resume.isPossible else { return }
  if let prefill = resume.prefill { must(isJSON([0x22] + prefill + [0x22]), "a prefill that is no text") }
  resume.begin(isContinuation: false)
  for block in blocks.sound {
    guard case .pass(let event) = resume.rewrite(block, in: source.span) else { return }
    mustBeEvents(event)
  }
}
