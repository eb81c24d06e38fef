import Dialects
import Testing
import Wire

/// A chunk may come over several `data` lines, broken anywhere between its tokens.
struct SeveralLinesTests {
  @Test func `line breaks in what is copied do not break the event`() throws {
    let ids = AnswerIDs(tail: "T")
    let request = try ResponsesRequest.read(Array(#"{"model":"m","input":"x"}"#.utf8).span, ids: ids)
    var translator = ResponsesFromChat(request, ids: ids, model: "m", createdAt: 7)
    let stream = """
      data: {"choices":[{"index":0,"delta":{"content":"A"}}]}

      data: {"choices":[{"index":0,"delta":{"annotations":[{"type":"other",
      data: "x":
      data: 1}]}}]}


      """
    let bytes = Array(stream.utf8)
    var scanner = SSEScanner()
    var events: [UInt8] = []
    while let block = scanner.next(in: bytes.span) { translator.take(block, in: bytes.span, into: &events) }
    let text = String(decoding: events, as: UTF8.self)
    #expect(text.contains("response.output_text.annotation.added"))
    for event in text.split(separator: "\n\n") { #expect(event.split(separator: "\n").count == 2, "\(event)") }
  }
}
