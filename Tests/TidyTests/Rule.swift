import Testing

/// One rule about Swift files that a program can check.
struct Rule: Sendable, CustomTestStringConvertible {
  /// The rule, as the reader of a failure should see it.
  var statement: String
  /// The lines of a file that break it, with what was found there. Gets all files, for rules that need to look around.
  var check: @Sendable (SourceFile, [SourceFile]) -> [(line: Int, found: String)]

  var testDescription: String { statement }

  func violations(in files: [SourceFile]) -> [Violation] {
    files.flatMap { file in
      check(file, files).map { Violation(path: file.path, line: $0.line, rule: statement, found: $0.found) }
    }
  }
}

extension Rule {
  static let all: [Rule] = [
    importsFollowTheTable, filesAreShort, functionsAreShort, linesFit, machinesListEveryCase, nothingIsLeftOver,
    testsAreEnabled, systemCallsHaveOnePlace, pureModulesStayPure, nothingIsForced,
  ]

  // MARK: Structure

  static let importsFollowTheTable = Rule(statement: "imports follow the table in ModuleGraph") { file, _ in
    guard let module = file.module else { return [] }
    return imports(of: file).filter { !ModuleGraph.mayImport(module, $0.module) }.map {
      ($0.line, "\(module) imports \($0.module)")
    }
  }

  static let machinesListEveryCase = Rule(
    statement: "no `default:` in a state machine: list every case, or one will be forgotten"
  ) { file, _ in
    guard file.name.contains("Machine") else { return [] }
    // After a parenthesis or comma it is an argument's label.
    let inCall = [UInt8(ascii: "("), UInt8(ascii: ",")]
    return file.tokens.filter { token in
      token.text == "default" && token.after == UInt8(ascii: ":") && !inCall.contains(token.before ?? 0)
    }.map { ($0.line, "default:") }
  }

  // MARK: Size

  static let filesAreShort = Rule(statement: "a file has at most 500 lines") { file, _ in
    let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
    return count > 500 ? [(count, "\(count) lines")] : []
  }

  static let functionsAreShort = Rule(statement: "a function has at most 70 lines") { file, _ in
    functions(of: file).filter { $0.lines > 70 }.map { ($0.line, "\($0.name) has \($0.lines) lines") }
  }

  static let linesFit = Rule(statement: "a line has at most 120 columns, except in a test's multi-line literal") {
    file, _ in
    file.lines.enumerated().compactMap { index, text in
      let isData = file.module == nil && file.literalLines.contains(index + 1)
      return text.utf8.count > 120 && text.count > 120 && !isData ? (index + 1, "\(text.count) columns") : nil
    }
  }

  // MARK: Leftovers

  /// Spelled in pieces, so that this list does not find itself.
  static let reminders = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  static let nothingIsLeftOver = Rule(statement: "no reminders in the tree: do it, or write an issue") { file, _ in
    leftovers(in: file.lines)
  }

  static let testsAreEnabled = Rule(statement: "a test runs, or is not there") { file, _ in
    let code = file.tokens.filter {
      ($0.text == "disabled" && $0.before == UInt8(ascii: ".") && $0.after == UInt8(ascii: "("))
        || $0.text == "withKnownIssue" || $0.text == "XCTSkip"
    }
    let commented = file.lines.enumerated().filter { _, text in
      let words = text.drop { $0 == " " }
      return words.hasPrefix("//") && words.drop { $0 == "/" || $0 == " " }.hasPrefix("@Test")
    }
    return code.map { ($0.line, String($0.text)) } + commented.map { ($0.offset + 1, "a commented test") }
  }

  /// Line numbers and words of the reminders in a text of any language.
  static func leftovers(in lines: [Substring]) -> [(line: Int, found: String)] {
    lines.enumerated().flatMap { index, text in
      let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
      return reminders.filter { words.contains(Substring($0)) }.map { (index + 1, $0) }
    }
  }
}
