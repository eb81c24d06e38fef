import Policy

/// What a model name that clients may ask for stands for.
package struct ModelOptions: Equatable, Sendable {
  /// The exact name, or a wildcard: `*`, or one `*` at the end or the start (`openai/*`, `*-instruct`).
  package var name: String
  /// Index of the upstream that answers.
  package var upstream: Int
  /// The upstream's name for the model; nil = as asked. A `*` in it stands for what the wildcard matched.
  package var model: String?
  /// Time limits, merged from the model, its upstream and the defaults.
  package var timeouts: Timeouts
  /// Retries, merged from the model, its upstream and the defaults.
  package var retry: RetryPolicy

  package init(
    name: String, upstream: Int, model: String? = nil, timeouts: Timeouts = Timeouts(),
    retry: RetryPolicy = RetryPolicy()
  ) {
    self.name = name
    self.upstream = upstream
    self.model = model
    self.timeouts = timeouts
    self.retry = retry
  }

  /// Whether the name stands for many.
  package var isWildcard: Bool { name.contains("*") }
}

/// What `ModelTable.lookup` found.
package struct ModelMatch: Equatable, Sendable {
  /// The entry that matched.
  package var options: ModelOptions
  /// Index of the upstream that answers.
  package var upstream: Int
  /// The upstream's name for the model.
  package var model: String
}

/// Which upstream answers for which model name: exact names first, then the longest wildcard.
///
/// Among wildcards of equal length one with its `*` at the end wins, then the one that was given first.
package struct ModelTable: Equatable, Sendable {
  /// A wildcard entry with its fixed part.
  private struct Wildcard: Equatable, Sendable {
    var fixed: String
    var starFirst: Bool
    var entry: Int
  }

  /// Every entry, in the order given.
  package let entries: [ModelOptions]
  private let exact: [String: Int]
  /// Longest fixed part first.
  private let wildcards: [Wildcard]

  /// A table of these entries; of two with the same name the first counts (the loader refuses them).
  package init(_ entries: [ModelOptions] = []) {
    self.entries = entries
    var exact: [String: Int] = [:]
    var wildcards: [Wildcard] = []
    for (index, entry) in entries.enumerated() {
      if !entry.isWildcard {
        if exact[entry.name] == nil { exact[entry.name] = index }
      } else if entry.name.first == "*" {
        let fixed = String(entry.name.dropFirst())
        wildcards.append(Wildcard(fixed: fixed, starFirst: !fixed.isEmpty, entry: index))
      } else {
        wildcards.append(Wildcard(fixed: String(entry.name.dropLast()), starFirst: false, entry: index))
      }
    }
    self.exact = exact
    self.wildcards = wildcards.sorted { left, right in
      let lengths = (left.fixed.utf8.count, right.fixed.utf8.count)
      if lengths.0 != lengths.1 { return lengths.0 > lengths.1 }
      if left.starFirst != right.starFirst { return right.starFirst }
      return left.entry < right.entry
    }
  }

  /// The entry `*`, if there is one.
  package var catchAll: ModelOptions? { entries.first { $0.name == "*" } }

  /// The exact names, in the order given: what the model list shows without asking an upstream.
  package var listedNames: [String] { entries.filter { !$0.isWildcard }.map(\.name) }

  /// What a model name stands for; nil = no entry matches.
  package func lookup(_ name: String) -> ModelMatch? {
    if let index = exact[name] {
      let entry = entries[index]
      return ModelMatch(options: entry, upstream: entry.upstream, model: entry.model ?? name)
    }
    for wildcard in wildcards where wildcard.starFirst ? name.hasSuffix(wildcard.fixed) : name.hasPrefix(wildcard.fixed)
    {
      let entry = entries[wildcard.entry]
      let matched =
        wildcard.starFirst
        ? name.dropLast(wildcard.fixed.count) : name.dropFirst(wildcard.fixed.count)
      return ModelMatch(
        options: entry, upstream: entry.upstream, model: Self.target(entry.model, asked: name, matched: matched))
    }
    return nil
  }

  private static func target(_ target: String?, asked: String, matched: Substring) -> String {
    guard let target else { return asked }
    guard let star = target.firstIndex(of: "*") else { return target }
    return String(target[..<star]) + matched + target[target.index(after: star)...]
  }
}
