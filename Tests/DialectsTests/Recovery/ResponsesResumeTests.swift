import Policy
import Testing
import Wire

@testable import Dialects

/// Goal: whatever breaks and wherever, the client reads one response, once. Method: streams that say the same under
/// other names and in other pieces, cut at every byte and joined; the result is held against the strict order of
/// events and against the whole response.
@Suite struct ResponsesResumeTests {
  /// A client, and the streams that it is sent.
  private struct Client {
    var received: [UInt8] = []
    var resume = StreamResume.responses
    private(set) var hasDiffered = false

    /// Takes the whole events of a stream that ends after `bytes`.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
      let source = Array(bytes)
      let isFirst = received.isEmpty
      if !isFirst { resume.begin(isContinuation: false) }
      var scanner = SSEScanner()
      while !hasDiffered, let block = scanner.next(in: source.span) {
        guard !isFirst else {
          resume.note(block, in: source.span, bytesMax: 1 << 20)
          received += source[block.range]
          continue
        }
        switch resume.rewrite(block, in: source.span) {
        case .pass(let bytes): received += bytes
        case .differs: hasDiffered = true
        }
      }
    }

    /// The same for a stream of these events.
    mutating func take(_ events: [RecordedResponses.Event], ending: String = "") {
      take((Array(EventStream.responses(events).joined()) + Array(ending.utf8))[...])
    }

    var isWhole: Bool {
      var tap = ResponsesTap()
      tap.observe(received)
      return tap.isComplete
    }

    var response: JSONTree? { EventStream.events(received).last?.json?["response"] }
  }

  /// The recorded stream with other names and in other pieces.
  private func stream(_ name: String, _ random: inout SplitMix64) -> [UInt8] {
    var events: [RecordedResponses.Event] = []
    for (type, members) in RecordedResponses.events {
      let named = members.replacing(/"((?:resp|rs|msg|fc|ctc|ws)_\d|c[abc])"/) { "\"\($0.1)_\(name)\"" }
        .replacing("1795000000", with: "\(1_795_000_000 + name.utf8.count)").replacing("gpt-x", with: "gpt-\(name)")
      guard type.hasSuffix(".delta") else {
        events.append((type, named))
        continue
      }
      for piece in pieces(of: named, &random) { events.append((type, piece)) }
    }
    return Array(EventStream.responses(events).joined())
  }

  /// One event of a text, as several.
  private func pieces(of members: String, _ random: inout SplitMix64) -> [String] {
    let bytes = Array("{\(members)}".utf8)
    guard let tree = try? JSONTree.parse(bytes.span), var rest = tree["delta"]?.stringValue?.unicodeScalars[...] else {
      return [members]
    }
    var pieces: [String] = []
    repeat {
      let piece = rest.prefix(Int.random(in: 1...4, using: &random))
      rest = rest.dropFirst(piece.count)
      let changed = (tree.objectValue ?? []).map { member in
        member.name == "delta" ? JSONTree.Member("delta", .string(String(piece))) : member
      }
      pieces.append(String(decoding: JSONTree.object(changed).encoded.dropFirst().dropLast(), as: UTF8.self))
    } while !rest.isEmpty
    return pieces
  }

  /// Holds what a client got against the rules and against the whole of the first stream.
  private func check(_ client: Client, against whole: [UInt8], _ place: String) {
    #expect(!client.hasDiffered, "\(place)")
    #expect(ResponsesOrder.violations(client.received) == [], "\(place)")
    var reader = Client()
    reader.take(whole[...])
    for name in ["id", "model", "created_at", "status", "usage"] {
      #expect(client.response?[name] == reader.response?[name] && client.response?[name] != nil, "\(place): \(name)")
    }
  }

  @Test func `a stream cut at any byte goes on where it broke`() {
    var random = SplitMix64(seed: 1)
    let first = stream("first", &random)
    var before: [UInt8] = []
    for cut in 0..<first.count {
      var client = Client()
      client.take(first[..<cut])
      guard client.received != before else { continue }
      before = client.received
      if !client.isWhole { client.take(stream("second", &random)[...]) }
      check(client, against: first, "cut at \(cut)")
    }
  }

  @Test func `a stream may break again and again`() {
    var random = SplitMix64(seed: 2)
    for round in 0..<50 {
      var client = Client()
      let first = stream("first", &random)
      let start = first.firstRange(of: Array("\n\n".utf8))?.upperBound ?? 0
      client.take(first[..<Int.random(in: start..<first.count, using: &random)])
      for attempt in 0..<Int.random(in: 0..<4, using: &random) where !client.isWhole {
        let next = stream("number\(attempt)", &random)
        client.take(next[..<Int.random(in: 0..<next.count, using: &random)])
      }
      if !client.isWhole { client.take(stream("last", &random)[...]) }
      check(client, against: first, "round \(round)")
    }
  }

  // MARK: - What differs

  private static let created = #""response":{"id":"resp_1","model":"m","created_at":1}"#

  /// An event about the text of the item 0.
  private func text(_ name: String, _ members: String) -> RecordedResponses.Event {
    ("response.output_text.\(name)", #""item_id":"msg","output_index":0,"content_index":0,\#(members)"#)
  }

  private func added(_ item: String) -> RecordedResponses.Event {
    ("response.output_item.added", #""output_index":0,"item":{\#(item)}"#)
  }

  private func client(_ sent: [RecordedResponses.Event], _ next: [RecordedResponses.Event]) -> Client {
    var client = Client()
    client.take([("response.created", Self.created)] + sent)
    let before = client.received
    client.take([("response.created", Self.created)] + next)
    if client.hasDiffered { #expect(client.received == before, "what differs must not be sent") }
    return client
  }

  private func differs(_ sent: [RecordedResponses.Event], _ next: [RecordedResponses.Event]) -> Bool {
    client(sent, next).hasDiffered
  }

  @Test func `another text is never joined`() {
    let sent = [added(#""type":"message","id":"a""#), text("delta", #""delta":"The sun""#)]
    let same = added(#""type":"message","id":"b""#)
    #expect(differs(sent, [same, text("delta", #""delta":"The moon""#)]))
    #expect(differs(sent, [same, text("delta", #""delta":"The""#), text("done", #""text":"The""#)]))
    #expect(differs(sent, [same, text("delta", #""delta":"The""#), ("response.completed", Self.created)]))
    #expect(differs(sent, [added(#""type":"reasoning","id":"b""#)]))
    #expect(differs(sent, [text("delta", #""delta":"The sun sets""#)]), "the item has not come again")
    #expect(!differs(sent, [same, text("delta", #""delta":"The su""#), text("delta", #""delta":"n sets""#)]))
  }

  @Test func `what had ended for the client cannot become longer`() {
    let sent = [text("delta", #""delta":"a""#), text("done", #""text":"a""#)]
    #expect(differs(sent, [text("delta", #""delta":"ab""#)]))
    #expect(differs(sent, [text("delta", #""delta":"a""#), text("done", #""text":"ab""#)]))
    #expect(!differs(sent, [text("delta", #""delta":"a""#), text("done", #""text":"a""#)]))
  }

  @Test func `another call is never joined`() {
    func call(_ name: String, id: String = "c") -> RecordedResponses.Event {
      added(#""type":"function_call","call_id":"\#(id)","name":"\#(name)","arguments":"""#)
    }
    #expect(differs([call("f")], [call("g")]))
    #expect(!differs([call("f")], [call("f", id: "other")]))
  }

  // MARK: - What the client gets

  @Test func `only the rest is sent, under the known names, numbered on, and without what was told of all`() throws {
    let sent = [added(#""type":"message","id":"msg_1""#), text("delta", #""delta":"The ""#)]
    let delta = text("delta", #""delta":"The sun","logprobs":[{"token":"The sun"}]"#)
    let next = [added(#""type":"message","id":"msg""#), delta]
    let last = try #require(EventStream.events(client(sent, next).received).last?.json)
    #expect(last["delta"]?.stringValue == "sun" && last["logprobs"]?.arrayValue == [])
    #expect(last["item_id"]?.stringValue == "msg_1" && last["sequence_number"]?.intValue == 3)
  }

  @Test func `a stream that ends with DONE must have come again by then`() {
    let sent = [text("delta", #""delta":"The""#)]
    for (piece, isEnough) in [("Th", false), ("The", true)] {
      var client = Client()
      client.take(sent)
      client.take([text("delta", #""delta":"\#(piece)""#)], ending: "data: [DONE]\n\n")
      #expect(client.hasDiffered == !isEnough)
    }
  }

  @Test func `more than is remembered cannot be joined`() {
    var resume = StreamResume.responses
    let bytes = EventStream.responses([text("delta", #""delta":"\#(String(repeating: "x", count: 100))""#)])[0]
    var scanner = SSEScanner()
    let block = scanner.next(in: bytes.span)
    if let block { resume.note(block, in: bytes.span, bytesMax: 1000) }
    #expect(block != nil && resume.isPossible && resume.prefill == nil)
    if let block { resume.note(block, in: bytes.span, bytesMax: 150) }
    #expect(!resume.isPossible)
  }
}
