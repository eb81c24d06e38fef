/// One server-sent event before framing.
struct Event: Equatable, Sendable {
  var name: String?
  /// One line of JSON, or `[DONE]`.
  var data: String
  /// Whether the line stands alone, without `data:`, so that it is no event at all.
  var isBare: Bool

  init(name: String? = nil, data: String, isBare: Bool = false) {
    self.name = name
    self.data = data
    self.isBare = isBare
  }
}

/// The events of one streamed answer, by number, so that a long stream is never held as a whole.
protocol EventSource: Sendable {
  /// Events without the final `[DONE]`.
  var count: Int { get }
  /// True where the dialect closes a stream with `[DONE]`.
  var endsWithDone: Bool { get }
  /// Event `index` in 0..<count. `now` is the time of its write, for `timestamps`.
  func event(_ index: Int, now: UInt64) -> Event
  /// The error event of the dialect, standing in for event `number`.
  func failure(number: Int) -> Event
}

/// The text of an answer in the pieces in which it is streamed.
struct TextPieces: Sendable {
  private let fixed: [String]?
  private let scenario: Scenario
  let count: Int

  /// `echoed` is the text of the last user message, for `echo`.
  init(scenario: Scenario, echoed: String?) {
    self.scenario = scenario
    let text = scenario.json ? #"{"name":"Ada","age":36}"# : scenario.text ?? (scenario.echo ? echoed ?? "" : nil)
    fixed = text.map { Self.cut($0, size: max(scenario.size, 1)) }
    count = (fixed?.count ?? scenario.events) + (scenario.bigEvent > 0 ? 1 : 0)
  }

  /// Piece `index` in 0..<count.
  func piece(_ index: Int, now: UInt64) -> String {
    if scenario.bigEvent > 0, index == count - 1 {
      return String(repeating: "B", count: scenario.bigEvent)
    }
    if let fixed { return fixed[index] }
    if scenario.timestamps { return padded("\(index):\(now) ") }
    return padded(scenario.unicode ? "\(index) é→🙂 " : "w\(index) ")
  }

  /// All pieces together.
  func whole(now: UInt64) -> String {
    all(now: now).joined()
  }

  func all(now: UInt64) -> [String] {
    (0..<count).map { piece($0, now: now) }
  }

  private func padded(_ start: String) -> String {
    let missing = scenario.size - start.utf8.count
    return missing > 0 ? start + String(repeating: "x", count: missing - 1) + " " : start
  }

  private static func cut(_ text: String, size: Int) -> [String] {
    var pieces: [String] = []
    var rest = text[...]
    while !rest.isEmpty {
      pieces.append(String(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return pieces
  }
}
