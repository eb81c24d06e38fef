import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: whatever an upstream streams, the client reads a legal stream, and the same answer as from a blocking call.
/// Method: seeded chance makes chat answers and cuts them into pieces; the events go through the strict order checker,
/// and the final object is compared with the translation of the whole answer. The same with damaged bytes, where the
/// stream must still be legal.
@Suite struct ResponsesFromChatPropertyTests {
  private static let words = ["sunny", "é", "😀", "\"q\"", "\\", "\n", "{\"a\":1}", " ", "日本", "\u{7F}"]

  private static func text(_ random: inout SplitMix64) -> String {
    (0..<Int.random(in: 1...8, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
  }

  /// An answer that has some of everything, in the order in which a whole answer is read.
  private static func script(_ random: inout SplitMix64) -> ChatScript {
    var lines: [ChatScript.Line] = []
    let names = ["reasoning_content", "content", "refusal"]
    for name in names where Bool.random(using: &random) {
      lines.append(.text(choice: 0, name: name, text: text(&random)))
    }
    for index in 0..<Int.random(in: 0...3, using: &random) {
      let name = ["f", "sql", "crm__get"].randomElement(using: &random) ?? "f"
      let input = String(decoding: JSONTree.object([.init("input", .string(text(&random)))]).encoded, as: UTF8.self)
      let arguments = ["{}", "", input, text(&random)].randomElement(using: &random) ?? ""
      lines.append(.call(choice: 0, index: index, name: name, arguments: arguments))
    }
    return ChatScript(lines: lines, hasUsage: Bool.random(using: &random))
  }

  private static func translator() throws -> ResponsesFromChat {
    let body = """
      {"model":"m","input":"Hi","tools":[{"type":"custom","name":"sql"},\
      {"type":"namespace","name":"crm","description":"d","tools":[{"type":"function","name":"get"}]}]}
      """
    let request = try ResponsesRequest.read(Array(body.utf8).span, ids: TranslationCase.ids)
    return ResponsesFromChat(request, ids: TranslationCase.ids, model: "m", createdAt: 7)
  }

  @Test(arguments: 0..<200)
  func `a stream is legal and ends as the blocking answer does`(_ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let stream = Array(
      EventStream.chunks(Self.script(&random).payloads(id: "x", random: &random)).joined())
    var streamed = try Self.translator()
    var out: [UInt8] = []
    streamed.take(stream, into: &out)
    streamed.end(.complete, now: 9, into: &out)
    let violations = ResponsesOrder.violations(out)
    #expect(violations.isEmpty, "\(violations)")

    var aggregate = ChatAggregate(.chat)
    aggregate.observe(stream)
    let whole = aggregate.answer(fallback: StreamIdentity(id: "x", model: "m", created: 1))
    var blocking = try Self.translator()
    let isAnswer = blocking.takeWhole(whole)
    #expect(isAnswer)
    var nothing: [UInt8] = []
    blocking.end(.complete, now: 9, into: &nothing)
    let (expected, answer) = (blocking.answer(), streamed.answer())
    #expect(try JSONTree.parse(answer.span) == JSONTree.parse(expected.span))

    var readBack = ResponsesAggregate()
    readBack.observe(out)
    let read = readBack.answer(fallback: StreamIdentity(id: "x", model: "m", created: 1))
    #expect(try JSONTree.parse(read.span) == JSONTree.parse(expected.span))
  }

  @Test(arguments: 0..<300)
  func `damage of any kind leaves the stream legal`(_ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed) &+ 1000)
    var stream = Array(EventStream.chunks(Self.script(&random).payloads(id: "x", random: &random)).joined())
    for _ in 0..<Int.random(in: 1...20, using: &random) {
      let place = Int.random(in: 0..<stream.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: stream[place] = UInt8.random(in: 0...255, using: &random)
      case 1: stream.remove(at: place)
      case 2: stream.insert(Array("\\\"{}[]:,u\n0".utf8).randomElement(using: &random) ?? 0, at: place)
      default: stream.insert(contentsOf: "\\ud83d".utf8, at: place)
      }
    }
    let end =
      [TranslationEnd.complete, .stopped, .failed(ErrorBody(message: "no", type: "server_error"))]
      .randomElement(using: &random) ?? .complete
    var translator = try Self.translator()
    var out: [UInt8] = []
    translator.take(stream, into: &out)
    translator.end(end, now: 9, into: &out)
    let violations = ResponsesOrder.violations(out)
    #expect(violations.isEmpty, "\(violations)")
  }

  @Test func `bodies that are no answers are told apart`() throws {
    for body in ["", "[]", "{}", #"{"choices":[]}"#, #"{"choices":[{"delta":{}}]}"#, #"{"choices":[{"message":7}]}"#] {
      var translator = try Self.translator()
      let isAnswer = translator.takeWhole(Array(body.utf8))
      #expect(!isAnswer, "\(body)")
    }
  }

  @Test func `after its end nothing changes an answer`() throws {
    var translator = try Self.translator()
    var out: [UInt8] = []
    translator.end(.stopped, now: 9, into: &out)
    let (events, answer) = (out, translator.answer())
    translator.take(Array("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n".utf8), into: &out)
    translator.end(.complete, now: 10, into: &out)
    #expect(out == events)
    #expect(translator.answer() == answer)
  }

  @Test func `what is held grows with the answer`() throws {
    var translator = try Self.translator()
    var out: [UInt8] = []
    let chunk =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(String(repeating: "x", count: 1000))\"}}]}\n\n"
    for _ in 0..<10 { translator.take(Array(chunk.utf8), into: &out) }
    #expect((10_000..<12_000).contains(translator.heldBytes))
  }
}
