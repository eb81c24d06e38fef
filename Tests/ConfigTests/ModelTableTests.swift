import Config
import Policy
import Testing

/// Pins the order in which names and wildcards are tried. Tables are small and made by hand.
@Suite struct ModelTableTests {
  private let table = ModelTable([
    ModelOptions(name: "*", upstream: 0),
    ModelOptions(name: "gpt-*", upstream: 1),
    ModelOptions(name: "gpt-4o*", upstream: 2, model: "big"),
    ModelOptions(name: "*-instruct", upstream: 3),
    ModelOptions(name: "gpt-4o", upstream: 4, model: "exact"),
    ModelOptions(name: "openai/*", upstream: 5, model: "*"),
    ModelOptions(name: "*:free", upstream: 6, model: "free/*-x"),
  ])

  @Test(arguments: [
    ("gpt-4o", 4, "exact"), ("gpt-4o-mini", 2, "big"), ("gpt-5", 1, "gpt-5"), ("gpt-", 1, "gpt-"),
    ("llama-instruct", 3, "llama-instruct"), ("gpt-x-instruct", 3, "gpt-x-instruct"), ("other", 0, "other"),
    ("", 0, ""), ("gpt-é", 1, "gpt-é"), ("é-instruct", 3, "é-instruct"), ("openai/é", 5, "é"),
    ("openai/gpt-5", 5, "gpt-5"), ("m:free", 6, "free/m-x"),
  ])
  func lookupPrefersExactThenLongestWildcard(name: String, upstream: Int, model: String) throws {
    let match = try #require(table.lookup(name))
    #expect(match.options.firstTarget.upstream == upstream)
    #expect(match.options.firstTarget.model == model)
  }

  @Test func aPrefixWinsOverASuffixOfEqualLength() {
    let table = ModelTable([ModelOptions(name: "*bcd", upstream: 0), ModelOptions(name: "abc*", upstream: 1)])
    #expect(table.lookup("abcbcd")?.options.firstTarget.upstream == 1)
    #expect(table.lookup("xbcd")?.options.firstTarget.upstream == 0)
  }

  /// Wildcards nested in each other, beside each other and inside other names, each held against a plain search.
  @Test func anyLookupFindsWhatASearchOfAllWildcardsFinds() {
    let fixed = ["", "a", "aa", "aab", "ab", "abc", "abd", "b", "ba", "bab", "c/", "c/a", "c/aa", "é", "e\u{301}"]
    let names = fixed.flatMap { [$0 + "*", "*" + $0] }
    let table = ModelTable(names.enumerated().map { ModelOptions(name: $1, upstream: $0) })
    let pieces = ["", "a", "b", "c", "d", "/", "é", "e\u{301}"]
    for first in pieces {
      for second in pieces {
        for third in pieces {
          let name = first + second + third + first
          let found = table.lookup(name).map { table.entries[$0.entry].name }
          #expect(found == Self.search(names, for: name), "\(name)")
        }
      }
    }
  }

  /// The longest that fits; of equal ones the one with its `*` at the end.
  private static func search(_ names: [String], for name: String) -> String? {
    let fitting = names.filter { pattern in
      pattern.utf8.last == UInt8(ascii: "*")
        ? name.utf8.starts(with: pattern.utf8.dropLast())
        : name.utf8.reversed().starts(with: pattern.utf8.dropFirst().reversed())
    }
    return fitting.max { left, right in
      let lengths = (left.utf8.count, right.utf8.count)
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.utf8.last != UInt8(ascii: "*")
    }
  }

  @Test func aPrefixOfManyIsFound() {
    let table = ModelTable((0..<3000).map { ModelOptions(name: "group-\($0)/*", upstream: $0) })
    for number in 0..<3000 {
      #expect(table.lookup("group-\(number)/model")?.options.firstTarget.upstream == number)
    }
    #expect(table.lookup("group-3000/model") == nil)
    #expect(table.lookup("group-") == nil)
  }

  @Test func withoutACatchAllUnknownNamesAreNotFound() {
    let table = ModelTable([ModelOptions(name: "a", upstream: 0), ModelOptions(name: "b-*", upstream: 0)])
    #expect(table.lookup("c") == nil)
    #expect(table.lookup("A") == nil)
    #expect(table.catchAll == nil)
  }

  @Test func theListShowsExactNamesOnly() {
    #expect(table.listedNames == ["gpt-4o"])
    #expect(table.catchAll?.firstTarget.upstream == 0)
  }

  @Test func aLookupFillsInEveryName() throws {
    let table = ModelTable([
      ModelOptions(
        name: "o/*", targets: [RouteTarget(upstream: 0), RouteTarget(upstream: 1, model: "x-*")],
        fallbacks: FallbackRules(models: ["a/*", "b"], contextLength: ["*-long"], contentFilter: ["*"])),
      ModelOptions(name: "plain", targets: [RouteTarget(upstream: 0), RouteTarget(upstream: 1, model: "y")]),
    ])
    let match = try #require(table.lookup("o/m"))
    #expect(match.entry == 0)
    #expect(match.options.targets.map(\.model) == ["o/m", "x-m"])
    #expect(
      match.options.fallbacks
        == FallbackRules(models: ["a/m", "b"], contextLength: ["m-long"], contentFilter: ["m"]))
    #expect(table.entries[0].fallbacks.models == ["a/*", "b"])
    #expect(try #require(table.lookup("plain")).options.targets.map(\.model) == ["plain", "y"])
  }

  /// What is known about the health of a target counts wherever the target stands.
  @Test func equalTargetsShareARow() {
    let table = ModelTable([
      ModelOptions(name: "a", targets: [RouteTarget(upstream: 0, model: "x"), RouteTarget(upstream: 1, model: "x")]),
      ModelOptions(name: "b", targets: [RouteTarget(upstream: 1, model: "x"), RouteTarget(upstream: 0)]),
      ModelOptions(name: "x", targets: [RouteTarget(upstream: 0)]),
      ModelOptions(name: "p/*", targets: [RouteTarget(upstream: 0)]),
    ])
    #expect(table.entries.map { $0.targets.map(\.row) } == [[0, 1], [1, 2], [0], [3]])
    #expect(table.rows.map(\.row) == [0, 1, 2, 3])
    #expect(table.rows.map(\.upstream) == [0, 1, 0, 0])
    #expect(table.rows.map(\.model) == ["x", "x", "b", nil])
  }
}
