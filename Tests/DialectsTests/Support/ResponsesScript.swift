import Dialects
import Policy
import Wire

/// A response made up by chance, as a whole and as streams that say the same.
struct ResponsesScript: Sendable {
  enum Item: Sendable {
    case reasoning(summary: [String], content: [String])
    case message([Part])
    case call(name: String, arguments: String, isCustom: Bool)
    case search
  }

  struct Part: Sendable {
    var text: String
    var isRefusal = false
    var annotations = 0
    var hasLogprobs = false
  }

  /// What servers leave out of their streams.
  struct Habits: Sendable {
    /// Texts and arguments come only with the events that end them.
    var omitsDeltas = false
    /// Items are not announced.
    var omitsAdded = false
    /// Only items and deltas have events.
    var omitsParts = false
    /// Items from this one on are in the last event alone.
    var silentFrom = Int.max
  }

  var items: [Item]
  var terminal = ResponsesTerminal.completed
  var reason: String?
  var hasUsage: Bool

  init(random: inout SplitMix64) {
    var items: [Item] = []
    for _ in 0..<Int.random(in: 0...6, using: &random) { items.append(Self.item(&random)) }
    self.items = items
    hasUsage = Bool.random(using: &random)
    if Int.random(in: 0..<4, using: &random) == 0 {
      terminal = .incomplete
      reason = ["max_output_tokens", "content_filter"].randomElement(using: &random)
    }
  }

  private static func item(_ random: inout SplitMix64) -> Item {
    func texts(_ range: ClosedRange<Int>, _ random: inout SplitMix64) -> [String] {
      (0..<Int.random(in: range, using: &random)).map { _ in text(&random) }
    }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return .reasoning(summary: texts(0...3, &random), content: texts(0...2, &random))
    case 1: return .search
    case 2, 3:
      let isCustom = Bool.random(using: &random)
      let input = text(&random)
      let json = JSONTree.object([.init("q", .string(input))]).encoded
      return .call(
        name: "f", arguments: isCustom ? input : String(decoding: json, as: UTF8.self), isCustom: isCustom)
    default:
      return .message(
        texts(0...3, &random).map { text in
          let isRefusal = Int.random(in: 0..<4, using: &random) == 0
          return Part(
            text: text, isRefusal: isRefusal, annotations: isRefusal ? 0 : Int.random(in: 0...2, using: &random),
            hasLogprobs: !isRefusal && Bool.random(using: &random))
        })
    }
  }

  private static func text(_ random: inout SplitMix64) -> String {
    let words = ["a", "é", "😀", "\"", "\\", "\n", " ", "日本", "{", "\u{2028}", "\u{1}", "word "]
    return (0..<Int.random(in: 0...12, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
  }

  // MARK: - As a whole

  /// The response object, with all of its output.
  func response(_ terminal: ResponsesTerminal) -> String {
    let details = reason.map { "{\"reason\":\"\($0)\"}" } ?? "null"
    let usage =
      hasUsage
      ? #"{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":30,"total_tokens":39}"# : "null"
    let output = items.indices.map { json($0, isDone: true) }.joined(separator: ",")
    return "{\(Self.head),\"status\":\"\(terminal.rawValue)\",\"incomplete_details\":\(details),\"error\":null,"
      + "\"service_tier\":\"default\",\"output\":[\(output)],\"usage\":\(usage)}"
  }

  private static let head = #""id":"resp_1","object":"response","created_at":1795000000,"model":"up-1""#

  private func json(_ index: Int, isDone: Bool) -> String {
    let status = isDone ? "completed" : "in_progress"
    let head = "\"id\":\"item_\(index)\",\"status\":\"\(status)\""
    func list(_ texts: [String], _ type: String) -> String {
      isDone ? texts.map { "{\"type\":\"\(type)\",\"text\":\(Self.quoted($0))}" }.joined(separator: ",") : ""
    }
    switch items[index] {
    case .reasoning(let summary, let content):
      let raw = content.isEmpty || !isDone ? "" : ",\"content\":[\(list(content, "reasoning_text"))]"
      return "{\(head),\"type\":\"reasoning\",\"summary\":[\(list(summary, "summary_text"))]\(raw)}"
    case .message(let parts):
      let content = isDone ? parts.map { part($0, isDone: true) }.joined(separator: ",") : ""
      return "{\(head),\"type\":\"message\",\"role\":\"assistant\",\"content\":[\(content)]}"
    case .call(let name, let arguments, let isCustom):
      let text = Self.quoted(isDone ? arguments : "")
      let type = isCustom ? "custom_tool_call" : "function_call"
      return "{\(head),\"type\":\"\(type)\",\"call_id\":\"call_\(index)\",\"name\":\"\(name)\","
        + "\"\(isCustom ? "input" : "arguments")\":\(text)}"
    case .search: return "{\(head),\"type\":\"web_search_call\"}"
    }
  }

  private func part(_ part: Part, isDone: Bool) -> String {
    let text = Self.quoted(isDone ? part.text : "")
    if part.isRefusal { return "{\"type\":\"refusal\",\"refusal\":\(text)}" }
    let annotations = isDone ? (0..<part.annotations).map(Self.annotation).joined(separator: ",") : ""
    let logprobs = isDone && part.hasLogprobs && !part.text.isEmpty ? Self.logprobs(part.text) : ""
    return "{\"type\":\"output_text\",\"text\":\(text),\"annotations\":[\(annotations)],\"logprobs\":[\(logprobs)]}"
  }

  private static func annotation(_ index: Int) -> String {
    "{\"type\":\"url_citation\",\"start_index\":\(index),\"end_index\":9,\"title\":\"t\",\"url\":\"u\"}"
  }

  private static func logprobs(_ text: String) -> String {
    text.unicodeScalars.map { "{\"token\":\(quoted(String($0))),\"logprob\":-1.5,\"top_logprobs\":[]}" }
      .joined(separator: ",")
  }

  private static func quoted(_ text: String) -> String { String(decoding: JSONEscape.quoted(text), as: UTF8.self) }

  // MARK: - As a stream

  /// The events of one stream, calls interleaved with what follows them.
  func events(_ habits: Habits = Habits(), random: inout SplitMix64) -> [(type: String, members: String)] {
    var queues = items.indices.map { index in
      index < habits.silentFrom ? itemEvents(index, habits, &random) : []
    }
    let start = "\"response\":{\(Self.head),\"status\":\"in_progress\",\"output\":[]}"
    var events = [("response.created", start), ("response.in_progress", start)]
    var next = 0
    while true {
      // Several calls may be open at once, and one item of another kind.
      var ready = (0..<next).filter { !queues[$0].isEmpty }
      let mayOpen = ready.isEmpty || !habits.omitsAdded && ready.allSatisfy(isCall)
      if next < queues.count, mayOpen, !queues[next].isEmpty { ready.append(next) }
      guard let place = ready.randomElement(using: &random) else { break }
      next = max(next, place + 1)
      events.append(queues[place].removeFirst())
    }
    return events + [("response.\(terminal.rawValue)", "\"response\":\(response(terminal))")]
  }

  private func isCall(_ index: Int) -> Bool {
    if case .call = items[index] { true } else { false }
  }

  private func itemEvents(_ index: Int, _ habits: Habits, _ random: inout SplitMix64) -> [(String, String)] {
    let place = "\"item_id\":\"item_\(index)\",\"output_index\":\(index)"
    var events: [(String, String)] = []
    if !habits.omitsAdded {
      events.append(
        ("response.output_item.added", "\"output_index\":\(index),\"item\":\(json(index, isDone: false))"))
    }
    switch items[index] {
    case .reasoning(let summary, let content):
      for (number, text) in summary.enumerated() {
        let parts = [
          "{\"type\":\"summary_text\",\"text\":\"\"}", "{\"type\":\"summary_text\",\"text\":\(Self.quoted(text))}",
        ]
        events += textEvents(
          "reasoning_summary_text", text, "\(place),\"summary_index\":\(number)", parts, habits, &random)
      }
      for (number, text) in content.enumerated() {
        let parts = [
          "{\"type\":\"reasoning_text\",\"text\":\"\"}", "{\"type\":\"reasoning_text\",\"text\":\(Self.quoted(text))}",
        ]
        events += textEvents("reasoning_text", text, "\(place),\"content_index\":\(number)", parts, habits, &random)
      }
    case .message(let list):
      for (number, part) in list.enumerated() {
        let parts = [self.part(part, isDone: false), self.part(part, isDone: true)]
        events += textEvents(
          part.isRefusal ? "refusal" : "output_text", part.text, "\(place),\"content_index\":\(number)", parts, habits,
          &random, part)
      }
    case .call(_, let arguments, let isCustom):
      let name = "response.\(isCustom ? "custom_tool_call_input" : "function_call_arguments")"
      if !habits.omitsDeltas {
        events += Self.pieces(arguments, &random).map { ("\(name).delta", "\(place),\"delta\":\"\($0.escaped)\"") }
      }
      events.append(
        ("\(name).done", "\(place),\"\(isCustom ? "input" : "arguments")\":\(Self.quoted(arguments))"))
    case .search: events.append(("response.web_search_call.completed", place))
    }
    events.append(("response.output_item.done", "\"output_index\":\(index),\"item\":\(json(index, isDone: true))"))
    return events
  }

  private func textEvents(
    _ name: String, _ text: String, _ place: String, _ parts: [String], _ habits: Habits,
    _ random: inout SplitMix64, _ part: Part? = nil
  ) -> [(String, String)] {
    let partName = name == "reasoning_summary_text" ? "reasoning_summary_part" : "content_part"
    var events: [(String, String)] = []
    if !habits.omitsParts { events.append(("response.\(partName).added", "\(place),\"part\":\(parts[0])")) }
    if !habits.omitsDeltas {
      for piece in Self.pieces(text, &random) {
        let logprobs = part?.hasLogprobs == true ? Self.logprobs(piece.text) : ""
        events.append(("response.\(name).delta", "\(place),\"delta\":\"\(piece.escaped)\",\"logprobs\":[\(logprobs)]"))
      }
    }
    if !habits.omitsParts {
      for index in 0..<(part?.annotations ?? 0) {
        events.append(("response.output_text.annotation.added", "\(place),\"annotation\":\(Self.annotation(index))"))
      }
      let logprobs = part?.hasLogprobs == true ? Self.logprobs(text) : ""
      let key = name == "refusal" ? "refusal" : "text"
      events.append(("response.\(name).done", "\(place),\"\(key)\":\(Self.quoted(text)),\"logprobs\":[\(logprobs)]"))
      events.append(("response.\(partName).done", "\(place),\"part\":\(parts[1])"))
    }
    return events
  }

  /// `text` in pieces of a few characters, as text and as contents of JSON strings, escaped as chance will have it.
  private static func pieces(_ text: String, _ random: inout SplitMix64) -> [(text: String, escaped: String)] {
    var pieces: [(text: String, escaped: String)] = []
    var left = Array(text.unicodeScalars)
    while !left.isEmpty {
      let piece = left.prefix(Int.random(in: 1...4, using: &random))
      left.removeFirst(piece.count)
      var escaped = ""
      for scalar in piece {
        let units = String(scalar).utf16.map { "\\u" + String(0x10000 + Int($0), radix: 16).dropFirst() }
        let plain = String(quoted(String(scalar)).dropFirst().dropLast())
        escaped += Bool.random(using: &random) ? units.joined() : plain
      }
      pieces.append((String(String.UnicodeScalarView(piece)), escaped))
    }
    return pieces
  }
}
