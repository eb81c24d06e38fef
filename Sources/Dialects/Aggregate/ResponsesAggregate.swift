import Wire

/// Puts the events of a responses stream together to the answer that a blocking call would have had: the response that
/// the terminal event carries.
///
/// Some servers leave its `output` empty; then the items of the stream are put into it. A stream that is stopped has no
/// terminal event: its answer is made of what has come, with status `incomplete`.
package struct ResponsesAggregate: Sendable {
  private var tap = ResponsesTap()
  /// The response of the terminal event; empty before.
  private var terminal: [UInt8] = []

  /// An answer of which nothing has come yet.
  package init() {}

  /// How many bytes are kept; the caller watches it.
  package var weight: Int { tap.heldBytes + terminal.count }
  /// Whether nothing of an answer has come, so that there is none to give.
  package var isEmpty: Bool { tap.events == 0 }

  /// Takes in a complete block of the stream.
  package mutating func observe(_ block: SSEBlock, in source: Span<UInt8>) {
    let hadEnded = tap.isComplete
    tap.observe(block, in: source)
    guard tap.isComplete, !hadEnded else { return }
    let data = block.joinedData(in: source)
    let response = JSONScan.value(data.span).flatMap { JSONPick.member("response", of: $0.range, in: data.span) }
    guard let response, response.kind == .object else { return }
    terminal = Array(data[response.range])
  }

  /// The response; only to be asked for once the stream was whole.
  ///
  /// - Parameter fallback: what the stream never said of its identity.
  package func answer(fallback: StreamIdentity) -> [UInt8] {
    guard !terminal.isEmpty else { return tap.response(as: "completed", reason: nil, fallback: fallback) }
    let output = JSONPick.member("output", of: 0..<terminal.count, in: terminal.span)
    if let output, output.kind == .array, JSONScan.hasEntries(output, in: terminal.span) { return terminal }
    let items = tap.outputBytes
    return items == Array("[]".utf8) ? terminal : JSONSplice.setting([("output", items)], in: terminal)
  }

  /// The response as it stands when it is stopped here: open items and the response itself are `incomplete`.
  ///
  /// - Parameter fallback: what the stream never said of its identity.
  package func stoppedAnswer(fallback: StreamIdentity) -> [UInt8] {
    terminal.isEmpty
      ? tap.response(as: "incomplete", reason: "stopped", fallback: fallback) : answer(fallback: fallback)
  }
}
