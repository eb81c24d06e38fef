import Policy

/// Which upstream answers for which model name: exact names first, then the longest wildcard.
///
/// Among wildcards of equal length one with its `*` at the end wins, then the one that was given first.
package struct ModelTable: Equatable, Sendable {
  /// A wildcard entry with its fixed part.
  private struct Wildcard: Equatable, Sendable {
    var fixed: String
    var starFirst: Bool
    var entry: Int

    /// What the `*` stands for in a name; nil = the name does not fit. By bytes: no request waits for Unicode here.
    func matched(in name: String) -> Substring? {
      let rest: Substring.UTF8View
      if starFirst {
        guard name.utf8.count >= fixed.utf8.count, name.utf8.suffix(fixed.utf8.count).elementsEqual(fixed.utf8)
        else { return nil }
        rest = name.utf8.dropLast(fixed.utf8.count)
      } else {
        guard name.utf8.starts(with: fixed.utf8) else { return nil }
        rest = name.utf8.dropFirst(fixed.utf8.count)
      }
      return Substring(rest)
    }
  }

  /// Every entry, in the order given, its targets with their rows.
  package let entries: [ModelOptions]
  /// One target for each row: what tells it from the others is its upstream and the name there, nil for a wildcard's
  /// that go there as they are asked.
  package let rows: [RouteTarget]
  /// The entries without a wildcard, the name asked for put into their targets.
  private let resolved: [ModelOptions]
  private let exact: [String: Int]
  /// Longest fixed part first.
  private let wildcards: [Wildcard]

  /// A table of these entries; of two with the same name the first counts (the loader refuses them).
  package init(_ given: [ModelOptions] = []) {
    var rows = TargetRows()
    var entries = given
    for entry in entries.indices {
      let asked = entries[entry].isWildcard ? nil : entries[entry].name
      for target in entries[entry].targets.indices { rows.assign(to: &entries[entry].targets[target], asked: asked) }
    }
    self.entries = entries
    self.rows = rows.targets
    resolved = entries.map { $0.isWildcard ? $0 : $0.asked($0.name, matched: "") }
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
    if let index = exact[name] { return ModelMatch(entry: index, options: resolved[index]) }
    for wildcard in wildcards {
      guard let matched = wildcard.matched(in: name) else { continue }
      return ModelMatch(entry: wildcard.entry, options: entries[wildcard.entry].asked(name, matched: matched))
    }
    return nil
  }
}

/// Numbers targets: equal upstream and name there, equal number.
private struct TargetRows {
  private struct Key: Hashable {
    var upstream: Int
    var model: String?
  }

  private(set) var targets: [RouteTarget] = []
  private var known: [Key: Int] = [:]

  /// - Parameter asked: the name that stands for a target without one; nil = there are many.
  mutating func assign(to target: inout RouteTarget, asked: String?) {
    let key = Key(upstream: target.upstream, model: target.model ?? asked)
    target.row = known[key] ?? targets.count
    guard known.updateValue(target.row, forKey: key) == nil else { return }
    targets.append(target)
    targets[target.row].model = key.model
  }
}
