import Foundation
import Policy
import Testing
import Wire

@testable import Dialects

/// One case of the files in `Fixtures/responses-from-chat`; `README.md` beside them describes the format.
struct TranslationCase: Sendable, CustomTestStringConvertible {
  var file: String
  var name: String
  var end = "complete"
  var upstream = ""
  /// The lines of each section, in order.
  var sections: [(name: String, lines: [String])] = []

  var testDescription: String { "\(file): \(name)" }

  /// The lines of a section; none when there is no such section.
  func lines(_ section: String) -> [String] { sections.first { $0.name == section }?.lines ?? [] }

  static let ids = AnswerIDs(tail: "T")

  // MARK: - Files

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/responses-from-chat")

  static func all(_ file: String) -> [TranslationCase] {
    let text = (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
    var cases: [TranslationCase] = []
    for line in text.components(separatedBy: "\n") where !line.isEmpty && !line.hasPrefix("#") {
      if line.hasPrefix("case: ") {
        cases.append(TranslationCase(file: file, name: String(line.dropFirst(6))))
      } else if let last = cases.indices.last {
        cases[last].take(line)
      }
    }
    return cases
  }

  private mutating func take(_ line: String) {
    if line.hasPrefix("  ") {
      sections[sections.count - 1].lines.append(String(line.dropFirst(2)))
    } else if line.hasPrefix("end: ") {
      end = String(line.dropFirst(5))
    } else if line.hasPrefix("upstream: ") {
      upstream = String(line.dropFirst(10))
    } else {
      sections.append((String(line.dropLast()), []))
    }
  }

  /// Compares a section with what came out; with `SLUICE_UPDATE_GENERATED` set, writes it into the file instead.
  static func check(_ file: String, _ section: String, _ make: (TranslationCase) throws -> [String]) throws {
    var cases = all(file)
    #expect(!cases.isEmpty, "no cases in \(file)")
    let updates = ProcessInfo.processInfo.environment["SLUICE_UPDATE_GENERATED"] != nil
    for place in cases.indices {
      let lines = try make(cases[place])
      if updates {
        cases[place].sections.removeAll { $0.name == section }
        cases[place].sections.append((section, lines))
      } else {
        let expected = cases[place].lines(section)
        #expect(!expected.isEmpty && lines == expected, "\(cases[place].testDescription)")
      }
    }
    guard updates else { return }
    let text = cases.map(\.text).joined(separator: "\n")
    try text.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
  }

  private var text: String {
    var lines = ["case: \(name)"]
    if !upstream.isEmpty { lines.append("upstream: \(upstream)") }
    if end != "complete" { lines.append("end: \(end)") }
    for section in sections { lines += ["\(section.name):"] + section.lines.map { "  " + $0 } }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - What a case says

  func request() throws -> ResponsesRequest {
    let text = lines("request").joined()
    let body = text.contains("\"model\"") ? text : "{\"model\":\"m\"" + (text == "{}" ? "}" : "," + text.dropFirst())
    return try ResponsesRequest.read(Array(body.utf8).span, ids: Self.ids)
  }

  func chatBody() throws -> [UInt8] {
    let request = try request()
    let history = try lines("history").map { try JSONTree.parse(Array($0.utf8).span) }
    return try request.chatBody(history: history, model: "up", stream: request.stream, capabilities)
  }

  private var capabilities: ChatCapabilities {
    var capabilities = upstream == "openai" ? ChatCapabilities.openAI : ChatCapabilities()
    switch upstream {
    case "noStreamOptions": capabilities.acceptsStreamOptions = false
    case "toolMessageParts": capabilities.toolMessageParts = true
    case "noReasoning": capabilities.wantsReasoningBack = false
    case "mistralIDs": capabilities.callIDs = .nineAlphanumeric
    default: break
    }
    return capabilities
  }

  /// The chat stream, each event as its own bytes.
  var chunks: [[UInt8]] {
    let payloads = lines("stream").map { line in
      line.hasPrefix("!") ? String(line.dropFirst()) : "{\"id\":\"c1\",\"choices\":[{\"index\":0,\(line.dropFirst())]}"
    }
    return EventStream.chunks(payloads)
  }

  var ending: TranslationEnd {
    switch end {
    case "stopped": .stopped
    case "cancelled": .cancelled
    case "failed": .failed(ErrorBody(message: "It broke.", type: "server_error", code: "upstream_disconnected"))
    default: .complete
    }
  }

  func translator() throws -> ResponsesFromChat {
    ResponsesFromChat(try request(), ids: Self.ids, model: "m", createdAt: 7)
  }
}

extension ResponsesFromChat {
  /// Takes all blocks of `bytes`.
  mutating func take(_ bytes: [UInt8], into out: inout [UInt8]) {
    var scanner = SSEScanner()
    while let block = scanner.next(in: bytes.span) { take(block, in: bytes.span, into: &out) }
  }
}
