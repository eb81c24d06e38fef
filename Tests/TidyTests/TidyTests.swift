import Testing

/// Reads the whole tree and holds it to the rules that a program can check.
struct TidyTests {
  @Test(arguments: Rule.all)
  func `every Swift file keeps the rule`(rule: Rule) {
    for violation in rule.violations(in: Repository.swiftFiles) {
      Issue.record("\(violation)")
    }
  }

  @Test func `the tree was found`() {
    #expect(Repository.swiftFiles.contains { $0.path == "Sources/sluice/main.swift" })
    #expect(Repository.swiftFiles.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
  }

  @Test func `every Swift module has a row in the table of imports, and every row a module`() {
    #expect(Set(Repository.swiftFiles.compactMap(\.module)) == Set(ModuleGraph.edges.keys))
  }

  @Test func `every exception names a file that is there`() {
    let paths = Set(Repository.swiftFiles.map(\.path))
    #expect(Rule.systemCallers.keys.filter { !paths.contains($0) } == [])
  }

  @Test func `other text files hold no reminders either`() {
    let repository = Repository()
    let folders = [
      "Sources", "Tests", "Benchmarks", "docs", "scripts", "config", "README.md", "CONTRIBUTING.md", "Dockerfile",
    ]
    for path in repository.paths(under: folders, endings: []) where !path.hasSuffix(".swift") {
      let lines = repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
      for (line, found) in Rule.leftovers(in: lines) {
        Issue.record("\(path):\(line): \(Rule.nothingIsLeftOver.statement) (\(found))")
      }
    }
  }

  @Test func `Python tests are not skipped`() {
    let repository = Repository()
    for path in repository.paths(under: ["Tests", "scripts"], endings: ["py"]) {
      for (index, line) in repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let found = ["mark.skip(", "mark.skip\n", "mark.xfail", "unittest.skip("].first { "\(line)\n".contains($0) }
        if let found { Issue.record("\(path):\(index + 1): \(Rule.testsAreEnabled.statement) (\(found))") }
      }
    }
  }

  @Test func `relative links in documents lead somewhere`() {
    let repository = Repository()
    for path in repository.paths(under: ["README.md", "CONTRIBUTING.md", "docs"], endings: ["md"]) {
      for link in DocumentLinks(repository.text(path)).links {
        let target = DocumentLinks.resolve(link.target, from: path)
        guard repository.contains(target) else {
          Issue.record("\(path):\(link.line): a link leads to a file that exists (\(link.target))")
          continue
        }
        if let anchor = link.anchor, target.hasSuffix(".md") {
          let anchors = DocumentLinks(repository.text(target)).anchors
          #expect(anchors.contains(anchor), "\(path):\(link.line): a link leads to a heading that exists (#\(anchor))")
        }
      }
    }
  }
}
