import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: each mapping between the two APIs is what it was meant to be. Method: goldens in text files, one line for each
/// thing a reader would look at; whatever is made is also parsed, and each stream is held against the strict order.
@Suite struct ResponsesFromChatGoldenTests {
  @Test func `responses requests become chat requests`() throws {
    try TranslationCase.check("requests.txt", "chat", Self.chat)
  }

  @Test func `what has no counterpart is refused by name`() throws {
    try TranslationCase.check("refusals.txt", "refused", Self.refusal)
  }

  @Test func `chat streams become responses streams`() throws {
    try TranslationCase.check("streams.txt", "events", Self.events)
  }

  @Test func `whole chat answers become responses`() throws {
    try TranslationCase.check("wholes.txt", "answer", Self.answer)
  }

  private static func chat(_ fixture: TranslationCase) throws -> [String] {
    let body = try fixture.chatBody()
    return lines(try JSONTree.parse(body.span), listed: "messages")
  }

  private static func refusal(_ fixture: TranslationCase) throws -> [String] {
    do {
      _ = try fixture.chatBody()
    } catch let failure as Failure {
      return ["\(failure.code.rawValue) \(failure.param ?? "-") \(failure.message)"]
    }
    return ["nothing"]
  }

  private static func events(_ fixture: TranslationCase) throws -> [String] {
    var translator = try fixture.translator()
    var out: [UInt8] = []
    if fixture.lines("request").joined().contains("background") { translator.announce(into: &out) }
    for chunk in fixture.chunks { translator.take(chunk, into: &out) }
    translator.end(fixture.ending, now: 9, into: &out)
    if fixture.ending != .cancelled {
      let violations = ResponsesOrder.violations(out)
      #expect(violations.isEmpty, "\(fixture): \(violations)")
    }
    let last = try JSONTree.parse(translator.answer().span)
    let events = EventStream.events(out)
    let isLast = events.last?.json?["response"] == last
    return try events.map { try line($0) } + (isLast ? [] : ["answer \(essence(last))"])
  }

  private static func answer(_ fixture: TranslationCase) throws -> [String] {
    var translator = try fixture.translator()
    let isAnswer = translator.takeWhole(Array(fixture.lines("whole").joined().utf8))
    #expect(isAnswer)
    var out: [UInt8] = []
    translator.end(fixture.ending, now: 9, into: &out)
    #expect(out.isEmpty, "a whole answer has no events")
    return lines(try JSONTree.parse(translator.answer().span), listed: "output")
  }

  // MARK: - Lines

  private static func text(_ tree: JSONTree) -> String { String(decoding: tree.encoded, as: UTF8.self) }

  /// A line for each member of an object, and for each element of the one `listed`.
  private static func lines(_ object: JSONTree, listed: String) -> [String] {
    (object.objectValue ?? []).flatMap { member in
      guard member.name == listed else { return ["\(member.name) \(text(member.value))"] }
      return (member.value.arrayValue ?? []).map(text)
    }
  }

  private static func line(_ event: StreamEvent) throws -> String {
    let members = try #require(event.json?.objectValue, "not JSON: \(event.text)")
    let rest = members.filter { !["type", "sequence_number"].contains($0.name) }.map { member in
      "\(member.name) \(member.name == "response" ? essence(member.value) : text(member.value))"
    }
    return ([event.name ?? "-"] + rest).joined(separator: " ")
  }

  /// What changes in a response while it is made.
  private static func essence(_ response: JSONTree) -> String {
    let names = ["status", "service_tier", "completed_at", "error", "incomplete_details", "output", "usage"]
    return text(
      .object(names.compactMap { name in response[name].flatMap { $0 == .null ? nil : .init(name, $0) } }))
  }
}
