import Foundation
import Testing

@testable import Wire

/// One case of the files in `Fixtures/http1`; `README.md` beside them describes the format.
struct RequestFixture: Sendable, CustomTestStringConvertible {
  var file: String
  var name: String
  var limits = RequestLimits()
  var showsFields = false
  var request: [UInt8] = []
  var log: [String] = []

  var testDescription: String { "\(file): \(name)" }

  /// What is wrong with a fixture file itself.
  struct Malformed: Error, CustomStringConvertible {
    var description: String
  }

  /// All cases of all files, in the order of their names. A broken file yields one case that says what is broken.
  static let all: [RequestFixture] = {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".http") }
      return try names.sorted().flatMap(load)
    } catch {
      return [RequestFixture(file: "Fixtures/http1", name: "\(error)", log: ["the fixtures can be read"])]
    }
  }()

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/http1")

  private static func load(_ file: String) throws -> [RequestFixture] {
    let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    var fixtures: [RequestFixture] = []
    var section = ""
    for (number, line) in text.components(separatedBy: "\n").enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      do {
        if line.hasPrefix("  ") {
          guard !fixtures.isEmpty else { throw Malformed(description: "a line before the first case") }
          try fixtures[fixtures.count - 1].take(String(line.dropFirst(2)), in: section)
        } else if line.hasPrefix("case: ") {
          fixtures.append(RequestFixture(file: file, name: String(line.dropFirst(6))))
        } else {
          section = line
        }
      } catch {
        throw Malformed(description: "\(file):\(number + 1): \(error)")
      }
    }
    return fixtures
  }

  private mutating func take(_ line: String, in section: String) throws {
    switch section {
    case "request:": request += try Self.unescape(line)
    case "log:": log.append(line)
    case "show fields:", "limits:": try takeOption(line, in: section)
    default: throw Malformed(description: "no such section: \(section)")
    }
  }

  private mutating func takeOption(_ line: String, in section: String) throws {
    if section == "show fields:" {
      showsFields = line == "yes"
      return
    }
    let parts = line.components(separatedBy: "=")
    guard parts.count == 2, let value = Int(parts[1]), let limit = Self.limitsByName[parts[0]] else {
      throw Malformed(description: "no such limit: \(line)")
    }
    limits[keyPath: limit] = value
  }

  private static var limitsByName: [String: WritableKeyPath<RequestLimits, Int>] {
    [
      "headBytesMax": \.headBytesMax, "headersMax": \.headersMax, "targetBytesMax": \.targetBytesMax,
      "emptyLinesMax": \.emptyLinesMax, "bodyBytesMax": \.bodyBytesMax,
      "chunkExtensionBytesMax": \.chunkExtensionBytesMax, "chunkOverheadMax": \.chunkOverheadMax,
      "chunkOverheadPerByte": \.chunkOverheadPerByte, "trailerBytesMax": \.trailerBytesMax,
    ]
  }

  /// The bytes that an escaped line stands for.
  private static func unescape(_ line: String) throws -> [UInt8] {
    var rest = Substring(line)
    var bytes: [UInt8] = []
    while let character = rest.popFirst() {
      guard character == "\\" else {
        bytes += Array(String(character).utf8)
        continue
      }
      switch rest.popFirst() {
      case "r": bytes.append(0x0D)
      case "n": bytes.append(0x0A)
      case "t": bytes.append(0x09)
      case "s": bytes.append(0x20)
      case "\\": bytes.append(0x5C)
      case "x":
        guard let byte = UInt8(rest.prefix(2), radix: 16) else { throw Malformed(description: "\\x without digits") }
        bytes.append(byte)
        rest = rest.dropFirst(2)
      case "[":
        let (text, end) = try repetition(rest)
        bytes += text
        rest = rest[end...]
      default: throw Malformed(description: "an unknown escape in \(line)")
      }
    }
    return bytes
  }

  /// The bytes of `text*count]`, and where the line goes on.
  private static func repetition(_ rest: Substring) throws -> ([UInt8], Substring.Index) {
    guard let close = rest.firstIndex(of: "]"), let star = rest[..<close].lastIndex(of: "*"),
      let count = Int(rest[rest.index(after: star)..<close])
    else { throw Malformed(description: "a repetition that is not \\[text*count]") }
    let unit = try unescape(String(rest[..<star]))
    return (Array(repeatElement(unit, count: count).joined()), rest.index(after: close))
  }
}
