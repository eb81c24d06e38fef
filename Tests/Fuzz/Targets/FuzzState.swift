import Dialects
import Policy
import Wire

private let ids = AnswerIDs(tail: "0123456789abcdef")

/// What is read out of requests and answers that are kept, and what is made of them: JSON stays JSON, and a short
/// request cannot become a long one.
func fuzzState(_ bytes: UnsafeBufferPointer<UInt8>) {
  let body = Array(bytes)
  if let root = try? JSONScan.document(body.span), root.kind == .object {
    fuzzKept(body, root.range)
  } else {
    fuzzKeptEvents(body)
  }
}

private func fuzzKept(_ body: [UInt8], _ root: Range<Int>) {
  let wishes = ResponsesStatePeek(ofObject: root, in: body.span)
  let output = StoredAnswer.output(of: body)
  let history = output.map(\.json)
  for item in history { must(isJSON(item), "an item that is no JSON") }
  let large = JSONTree.string(String(repeating: "x", count: 1000))
  var items: [String: JSONTree] = [:]
  for id in ItemReferences.read(wishes.input, in: body.span) { items[id] = .object([.init("type", large)]) }
  if let expanded = try? ExpandedInput.body(body, history: history, referenced: items, ids: ids) {
    must((try? JSONTree.parse(expanded.span))?["input"]?.arrayValue != nil, "a request without input")
    // An item may get a type, an id and a status, and text may be escaped where it was not.
    must(expanded.count <= 32 * body.count + 2000 * items.count, "a request has grown beyond what it asks for")
  }
  must(isJSON(StoredAnswer.inProgress(body)) && isJSON(UnstoredAnswer.object(body)), "a response that is no JSON")
  must(isJSON(StoredAnswer.failed(body, Failure(.upstreamDisconnected))), "a failed response that is no JSON")
  let named = StoredAnswer.naming(.conversation("c\"1"), in: body)
  must((try? JSONTree.parse(named.span))?["conversation"]?["id"]?.stringValue == "c\"1", "an origin that is not there")
}

private func fuzzKeptEvents(_ source: [UInt8]) {
  if let response = StoredAnswer.response(endedBy: source) { _ = StoredAnswer.status(of: response) }
  for block in EventBlocks(source).sound {
    if let event = StoredAnswer.naming(.response("r"), in: block, of: source.span) { mustBeEvents(event) }
    mustBeEvents(UnstoredAnswer.ending(Array(source[block.range])))
  }
}
