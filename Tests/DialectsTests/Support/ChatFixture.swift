import Foundation
import Testing
import Wire

/// One case of the files in `Fixtures/chat-from-responses`; `README.md` there describes the format.
struct ChatFixture: Sendable, CustomTestStringConvertible {
  var name: String
  private var sections: [String: [String]] = [:]

  var testDescription: String { name }

  /// What is wrong with a fixture itself.
  struct Malformed: Error, CustomStringConvertible {
    var description: String
  }

  /// The cases of a file, in their order. A broken file yields one case that fails by its name.
  static func all(_ file: String) -> [ChatFixture] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let url = folder.appendingPathComponent("Fixtures/chat-from-responses/\(file)")
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      return [ChatFixture(name: "\(file) cannot be read")]
    }
    var cases: [ChatFixture] = []
    var section = ""
    for line in text.components(separatedBy: "\n") where !line.isEmpty && !line.hasPrefix("#") {
      if line.hasPrefix("case: ") {
        cases.append(ChatFixture(name: String(line.dropFirst(6))))
      } else if line.hasPrefix("  "), !cases.isEmpty {
        cases[cases.count - 1].sections[section, default: []].append(String(line.dropFirst(2)))
      } else {
        section = String(line.dropLast())
      }
    }
    return cases
  }

  /// The lines of the section `name`; none where it is missing.
  func lines(_ name: String) -> [String] { sections[name] ?? [] }

  /// The section `name` as one text; nil where it is missing.
  func text(_ name: String) -> String? { sections[name]?.joined(separator: "\n") }

  /// The section `name` as JSON.
  func json(_ name: String) throws -> JSONTree {
    guard let text = text(name) else { throw Malformed(description: "\(self.name): no section \(name)") }
    return try JSONTree.parse(Array(text.utf8).span)
  }
}

extension JSONTree {
  /// The same with the members of all objects in the order of their names.
  var sorted: JSONTree {
    switch self {
    case .object(let members):
      .object(
        members.map { Member($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
    case .array(let elements): .array(elements.map(\.sorted))
    case .string, .number, .bool, .null: self
    }
  }

  /// The sorted spelling, for messages of failed tests.
  var text: String { String(decoding: sorted.encoded, as: UTF8.self) }
}
