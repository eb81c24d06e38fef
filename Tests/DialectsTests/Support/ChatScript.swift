import Dialects
import Policy
import Wire

/// An answer of the chat API from which streams are made that all say the same, each in its own pieces, escapes and
/// identity.
struct ChatScript: Sendable {
  /// One channel of one choice, such as `content`, or the arguments of a call.
  enum Line: Sendable {
    case text(choice: Int, name: String, text: String)
    case call(choice: Int, index: Int, name: String, arguments: String)
  }

  var lines: [Line]
  var choices = 1
  var flavor = ChatTap.Flavor.chat
  var hasUsage = false

  /// The payloads of one stream, `[DONE]` included.
  func payloads(id: String, random: inout SplitMix64, piecesMax: Int = 4) -> [String] {
    var queues = lines.map { fragments($0, id: id, &random, piecesMax) }
    var bodies: [String] = []
    if flavor == .chat {
      for choice in 0..<choices { bodies.append(body(choice, #"{"role":"assistant","content":"","refusal":null}"#)) }
    }
    // Lines of one choice come one after the other, choices interleave.
    while queues.contains(where: { !$0.isEmpty }) {
      let ready = queues.indices.filter { place in
        !queues[place].isEmpty
          && !queues[..<place].indices.contains { !queues[$0].isEmpty && choice(of: $0) == choice(of: place) }
      }
      guard let place = ready.randomElement(using: &random) else { break }
      bodies.append(queues[place].removeFirst())
    }
    for choice in 0..<choices { bodies.append(body(choice, "{}", finish: finish(choice))) }
    let head = #""id":"\#(id)","object":"\#(object)","created":\#(id.utf8.count),"model":"model-\#(id)""#
    var payloads = bodies.map { "{\(head),\"choices\":[\($0)]\(hasUsage ? ",\"usage\":null" : "")}" }
    if hasUsage {
      let usage = #"{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"details":{"cached_tokens":4}}"#
      payloads.append("{\(head),\"choices\":[],\"usage\":\(usage)}")
    }
    return payloads + ["[DONE]"]
  }

  private var object: String { flavor == .chat ? "chat.completion.chunk" : "text_completion" }

  private func choice(of line: Int) -> Int {
    switch lines[line] {
    case .text(let choice, _, _), .call(let choice, _, _, _): choice
    }
  }

  private func finish(_ choice: Int) -> String {
    let hasCalls = lines.contains {
      if case .call(let owner, _, _, _) = $0 { owner == choice } else { false }
    }
    return hasCalls ? #""tool_calls""# : #""stop""#
  }

  private func body(_ choice: Int, _ delta: String, finish: String = "null") -> String {
    let content = flavor == .chat ? "\"delta\":\(delta)" : "\"text\":\(delta == "{}" ? "\"\"" : delta)"
    return "{\"index\":\(choice),\(content),\"logprobs\":null,\"finish_reason\":\(finish)}"
  }

  private func fragments(_ line: Line, id: String, _ random: inout SplitMix64, _ piecesMax: Int) -> [String] {
    switch line {
    case .text(let choice, let name, let text):
      return pieces(text, &random, piecesMax).map { piece in
        body(choice, flavor == .chat ? "{\"\(name)\":\"\(piece)\"}" : "\"\(piece)\"")
      }
    case .call(let choice, let index, let name, let arguments):
      let head =
        #"{"index":\#(index),"id":"call-\#(id)","type":"function","function":{"name":"\#(name)","arguments":""}}"#
      return [body(choice, "{\"tool_calls\":[\(head)]}")]
        + pieces(arguments, &random, piecesMax).map { piece in
          body(choice, "{\"tool_calls\":[{\"index\":\(index),\"function\":{\"arguments\":\"\(piece)\"}}]}")
        }
    }
  }

  /// `text` in pieces of one to `piecesMax` code units, as contents of JSON strings, escaped as chance will have it;
  /// pieces may end in the middle of an escaped pair of surrogates.
  private func pieces(_ text: String, _ random: inout SplitMix64, _ piecesMax: Int) -> [String] {
    var units: [String] = []
    for scalar in text.unicodeScalars {
      if Bool.random(using: &random) {
        units += String(scalar).utf16.map { "\\u" + String(0x10000 + Int($0), radix: 16).dropFirst() }
      } else {
        var escaped: [UInt8] = []
        JSONEscape.append(String(scalar), to: &escaped)
        units.append(String(decoding: escaped, as: UTF8.self))
      }
    }
    var result: [String] = []
    while !units.isEmpty {
      let count = min(units.count, Int.random(in: 1...piecesMax, using: &random))
      result.append(units.prefix(count).joined())
      units.removeFirst(count)
    }
    return result
  }
}
