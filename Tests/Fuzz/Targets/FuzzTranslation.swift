import Dialects
import Policy
import Wire

private let ids = AnswerIDs(tail: "0123456789abcdef")

/// Requests of the responses API for a chat upstream: refused with a reason, or a body that is JSON.
func fuzzResponsesRequest(_ bytes: UnsafeBufferPointer<UInt8>) {
  var cuts = Cuts(bytes)
  guard let request = try? ResponsesRequest.read(Span(_unsafeElements: bytes), ids: ids) else { return }
  var capabilities = cuts.next(below: 2) == 0 ? ChatCapabilities.openAI : ChatCapabilities()
  capabilities.toolMessageParts = cuts.next(below: 2) == 0
  capabilities.callIDs = cuts.next(below: 2) == 0 ? .nineAlphanumeric : .upTo40
  // What was asked for once is the history of the next turn.
  let history = cuts.next(below: 2) == 0 ? request.input : []
  do throws(Failure) {
    let body = try request.chatBody(history: history, model: "m", stream: cuts.next(below: 2) == 0, capabilities)
    must((try? JSONTree.parse(body.span))?["messages"]?.arrayValue?.isEmpty == false, "a body without messages")
  } catch {
    must(!error.message.isEmpty, "refused without a reason")
  }
  var translator = ResponsesFromChat(request, ids: ids, model: "m", createdAt: 1)
  finish(&translator, [], .complete)
}

/// Requests of the chat API for a responses upstream.
func fuzzChatRequest(_ bytes: UnsafeBufferPointer<UInt8>) {
  guard let request = try? JSONTree.parse(Span(_unsafeElements: bytes)) else { return }
  do throws(Failure) {
    let body = try ResponsesRequestBody(chat: request, model: "m", stream: true).body
    must((try? JSONTree.parse(body.span))?["input"]?.arrayValue != nil, "a body without input")
  } catch {
    must(!error.message.isEmpty, "refused without a reason")
  }
}

private let asked: ResponsesRequest? = try? ResponsesRequest.read(
  Array(
    """
    {"model":"m","input":"Hi","tools":[{"type":"custom","name":"sql"},{"type":"function","name":"f"},\
    {"type":"namespace","name":"crm","description":"d","tools":[{"type":"function","name":"get"}]}]}
    """.utf8
  ).span, ids: ids)

/// Answers of a chat upstream, made into those of the responses API.
func fuzzResponsesAnswer(_ bytes: UnsafeBufferPointer<UInt8>) {
  guard let asked else { fatalError("the request is not read") }
  translate(bytes) { ResponsesFromChat(asked, ids: ids, model: "m", createdAt: 1) }
}

/// Answers of a responses upstream, made into those of the chat API.
func fuzzChatAnswer(_ bytes: UnsafeBufferPointer<UInt8>) {
  let identity = StreamIdentity(id: "chatcmpl-1", model: "m", created: 1)
  let usesFunctions = bytes.count % 2 == 0
  translate(bytes) { ChatFromResponses(identity, includesUsage: true, usesFunctions: usesFunctions) }
}

/// The bytes as what they look like, a whole answer or a stream, and now and then as the other: what comes of them is
/// JSON, whatever they are and however it ends.
private func translate(_ bytes: UnsafeBufferPointer<UInt8>, _ make: () -> some AnswerTranslator) {
  var cuts = Cuts(bytes)
  let source = Array(bytes)
  guard (bytes.first == UInt8(ascii: "{")) == (cuts.next(below: 16) == 0) else {
    var whole = make()
    _ = whole.takeWhole(source)
    return finish(&whole, [], .complete)
  }
  let ends: [TranslationEnd] = [
    .complete, .stopped, .cancelled, .failed(ErrorBody(message: "m", type: "t", code: "c")),
  ]
  var stream = make()
  var out: [UInt8] = []
  for block in EventBlocks(source).all { stream.take(block, in: source.span, into: &out) }
  must(stream.heldBytes >= 0 && isJSON(stream.answer()), "an answer in progress that is no JSON")
  finish(&stream, out, ends[cuts.next(below: ends.count)])
}

private func finish(_ translator: inout some AnswerTranslator, _ events: [UInt8], _ end: TranslationEnd) {
  var out = events
  translator.end(end, now: 2, into: &out)
  mustBeEvents(out)
  must(isJSON(translator.answer()), "an answer that is no JSON")
}
