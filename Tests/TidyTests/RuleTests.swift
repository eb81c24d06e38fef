import Testing

/// Shows each rule a piece of text that breaks it, and one beside it that does not.
struct RuleTests {
  /// The lines of `text` that break a rule.
  private func lines(_ rule: Rule, _ path: String, _ text: String, besides: [SourceFile] = []) -> [Int] {
    let file = SourceFile(path: path, text: text)
    return rule.check(file, besides + [file]).map(\.line)
  }

  @Test(arguments: [
    ("Sources/Wire/A.swift", "import CZlib\nimport Policy\nimport Glibc", [2]),
    (
      "Sources/Policy/A.swift", "import CCrypto\npackage import Wire\nimport Foundation\nimport FoundationEssentials",
      [2, 3, 4]
    ),
    ("Sources/Config/A.swift", "@testable import Gateway\nimport struct Policy.Limits", [1]),
    ("Sources/Reactor/A.swift", "import Dispatch", []), ("Sources/HTTPServer/A.swift", "import Dispatch", [1]),
    ("Sources/Unknown/A.swift", "import Wire", [1]),
    ("Sources/Wire/A.swift", "// import Policy\nlet a = \"import Policy\"", []),
    ("Tests/WireTests/A.swift", "import Foundation", []),
  ])
  func `an import beyond the table is found`(path: String, text: String, expected: [Int]) {
    #expect(lines(.importsFollowTheTable, path, text) == expected)
  }

  @Test func `long files are found`() {
    #expect(lines(.filesAreShort, "Sources/Wire/A.swift", String(repeating: "\n", count: 500)) == [])
    #expect(lines(.filesAreShort, "Sources/Wire/A.swift", String(repeating: "\n", count: 501)) == [501])
  }

  @Test(arguments: [
    ("func a() {", "}"), ("  init?(b: Int = { 3 }()) throws {", "  }"), ("  deinit {", "  }"),
    ("subscript(i: Int) -> Int {", "}"),
    ("func a(\n) where B: C\n{ let x = \"}\" // }", "}"), ("func `a { b`() {", "}"),
  ])
  func `long functions are found`(head: String, tail: String) {
    let headLines = head.split(separator: "\n").count
    let fits = "\n" + head + String(repeating: "\n", count: 70 - headLines) + tail + "\nfunc next() {\n}\n"
    let long = "\n" + head + String(repeating: "\n", count: 71 - headLines) + tail + "\nfunc next() {\n}\n"
    #expect(lines(.functionsAreShort, "Sources/Wire/A.swift", fits) == [])
    #expect(lines(.functionsAreShort, "Sources/Wire/A.swift", long) == [2])
  }

  @Test func `requirements of a protocol have no length`() {
    let text = "protocol P {\n  func a()\n  init(b: Int)\n}\nstruct S {" + String(repeating: "\n", count: 100) + "}"
    #expect(lines(.functionsAreShort, "Sources/Wire/A.swift", text) == [])
  }

  @Test func `long lines are found, except in a test's literal`() {
    let long = String(repeating: "é", count: 121)
    let text = "// \(String(repeating: "é", count: 117))\n// \(long)\nlet a = \"\"\"\n  \(long)\n  \"\"\""
    #expect(lines(.linesFit, "Sources/Wire/A.swift", text) == [2, 4])
    #expect(lines(.linesFit, "Tests/WireTests/A.swift", text) == [2])
  }

  @Test func `a default in a machine is found`() {
    let text = "switch a {\n  case .b: c(default: 1)\n  default: d()\n  // default:\n  @unknown default : e()\n}"
    #expect(lines(.machinesListEveryCase, "Sources/Policy/Exchange/ExchangeMachine.swift", text) == [3, 5])
    #expect(lines(.machinesListEveryCase, "Sources/Policy/RetryDecision.swift", text) == [])
  }

  @Test func `reminders are found`() {
    let text = "// \(Rule.reminders[0]): later\nlet todo = 1\n/* \(Rule.reminders[1]) */\n// \(Rule.reminders[2])YYY"
    #expect(lines(.nothingIsLeftOver, "Sources/Wire/A.swift", text) == [1, 3])
  }

  @Test func `disabled tests are found`() {
    let text =
      "@Test(.disabled(\"why\")) func a() {}\n  // @Test func b() {}\nwithKnownIssue { }\nlet disabled = x.disabled"
    #expect(lines(.testsAreEnabled, "Tests/WireTests/A.swift", text).sorted() == [1, 2, 3])
  }

  @Test(arguments: [
    ("close(fd)", [1]), ("Glibc.close(fd)", [1]), ("let n = read (fd, p, 1)", [1]), ("socket.close()", []),
    ("self.send(x)", []),
    ("let close = 1", []), ("// close(fd)", []), ("a(close: 1)", []), ("\"\\(close(fd))\"", [1]),
    ("func close() {}\nclose()\nGlibc.close(fd)", [3]),
    ("let read: (Int) -> Int\nread(1)\nGlibc.read(1)", [3]),
  ])
  func `a system call in the wrong place is found`(text: String, expected: [Int]) {
    #expect(lines(.systemCallsHaveOnePlace, "Sources/Gateway/A.swift", text) == expected)
    #expect(lines(.systemCallsHaveOnePlace, "Sources/Reactor/Syscalls.swift", text) == [])
    #expect(lines(.systemCallsHaveOnePlace, "Tests/GatewayTests/A.swift", text) == [])
  }

  @Test func `a function of the same module is not a system call`() {
    let near = SourceFile(path: "Sources/Gateway/B.swift", text: "extension A { func close() {} }")
    let far = SourceFile(path: "Sources/Wire/B.swift", text: "extension A { func close() {} }")
    #expect(lines(.systemCallsHaveOnePlace, "Sources/Gateway/A.swift", "close()", besides: [near]) == [])
    #expect(lines(.systemCallsHaveOnePlace, "Sources/Gateway/A.swift", "close()", besides: [far]) == [1])
  }

  @Test func `an exception holds for its calls only`() {
    let text = "Glibc.write(fd, p, 1)\nGlibc.close(fd)"
    #expect(lines(.systemCallsHaveOnePlace, "Sources/Telemetry/LogSink.swift", text) == [2])
  }

  @Test(arguments: [
    ("let a = ContinuousClock.now", [1]), ("let a = ContinuousClock().now", [1]), ("f(now: input.now)", []),
    ("print(1)", [1]),
    ("var g = SystemRandomNumberGenerator()", [1]), ("time(nil)", [1]), ("clock.time(3)", []), ("Task { }", [1]),
    ("let a: ContinuousClock.Instant", []), ("func time(a: Int) {}", []),
  ])
  func `a clock, chance or output in a pure module is found`(text: String, expected: [Int]) {
    #expect(lines(.pureModulesStayPure, "Sources/Policy/A.swift", text) == expected)
    #expect(lines(.pureModulesStayPure, "Sources/Gateway/A.swift", text) == [])
  }

  @Test func `a forced try is found`() {
    #expect(lines(.nothingIsForced, "Sources/Wire/A.swift", "try f()\ntry! f()\ntry? f()") == [2])
    #expect(lines(.nothingIsForced, "Tests/WireTests/A.swift", "try! f()") == [])
  }
}

struct CodeMaskTests {
  @Test(arguments: [
    ("a // b", "a     "), ("a /* b /* c */ d */ e", "a                   e"), ("\"a\" b", "    b"),
    ("\"\\\"a\" b", "      b"), ("#\"a\"b\"# c", "        c"), ("\"\\(a(b))c\" d", "   a(b))   d"),
    ("\"\\(a ? \"b)\" : c)\" d", "   a ?      : c)  d"), ("#\"\\(a)\\#(b)\"# c", "         b)   c"),
    ("\"\"\"\n\"a\" // b\n\"\"\" c", "   \n        \n    c"), ("`a \" b` c", "        c"), ("#if a\nb", "#if a\nb"),
    ("\"a\nb", "  \nb"),
  ])
  func `only code is left`(source: String, code: String) {
    #expect(String(decoding: CodeMask(Array(source.utf8)).code, as: UTF8.self) == code)
  }

  @Test func `lines inside a multi-line literal are known`() {
    #expect(CodeMask(Array("a\n\"\"\"\nb\nc\n\"\"\"\nd".utf8)).literalLines == [3, 4, 5])
  }
}

struct DocumentLinksTests {
  @Test func `relative links are found outside of code`() {
    let text =
      "# A `b` & c-d!\n[x](y.md#z) [w](https://example.org) `[no](t)`\n```\n[no](t)\n```\n![i](../i.png \"t\") [a](#b)"
    let document = DocumentLinks(text)
    #expect(
      document.links == [
        .init(target: "y.md", anchor: "z", line: 2), .init(target: "../i.png", anchor: nil, line: 6),
        .init(target: "", anchor: "b", line: 6),
      ])
    #expect(document.anchors == ["a-b--c-d"])
  }

  @Test(arguments: [
    ("a.md", "README.md", "a.md"), ("../a.md", "docs/b.md", "a.md"), ("./c/", "docs/b.md", "docs/c"),
    ("", "docs/b.md", "docs/b.md"),
    ("/a", "docs/b.md", "a"),
  ])
  func `links are resolved from their document`(target: String, document: String, path: String) {
    #expect(DocumentLinks.resolve(target, from: document) == path)
  }
}
