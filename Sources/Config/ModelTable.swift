import Policy

/// Which upstream answers for which model name: exact names first, then the longest wildcard.
///
/// Among wildcards of equal length one with its `*` at the end wins, then the one that was given first.
package struct ModelTable: Equatable, Sendable {
  /// Every entry, in the order given, its targets with their rows.
  package let entries: [ModelOptions]
  /// One target for each row: what tells it from the others is its upstream and the name there, nil for a wildcard's
  /// that go there as they are asked.
  package let rows: [RouteTarget]
  /// The entries without a wildcard, the name asked for put into their targets.
  private let resolved: [ModelOptions]
  private let exact: [String: Int]
  /// Wildcards by the part before their `*`, and by the part behind it, read backwards. By bytes: no request waits for
  /// Unicode here.
  private let beginnings: PrefixIndex
  private let endings: PrefixIndex

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
    var beginnings: [(bytes: [UInt8], entry: Int)] = []
    var endings: [(bytes: [UInt8], entry: Int)] = []
    for (index, entry) in entries.enumerated() {
      if !entry.isWildcard {
        if exact[entry.name] == nil { exact[entry.name] = index }
      } else if entry.name.utf8.first == UInt8(ascii: "*"), entry.name.utf8.count > 1 {
        endings.append((entry.name.utf8.dropFirst().reversed(), index))
      } else {
        beginnings.append((Array(entry.name.utf8.dropLast()), index))
      }
    }
    self.exact = exact
    self.beginnings = PrefixIndex(beginnings)
    self.endings = PrefixIndex(endings)
  }

  /// The entry `*`, if there is one.
  package var catchAll: ModelOptions? { entries.first { $0.name == "*" } }

  /// The exact names, in the order given: what the model list shows without asking an upstream.
  package var listedNames: [String] { entries.filter { !$0.isWildcard }.map(\.name) }

  /// What a model name stands for; nil = no entry matches.
  package func lookup(_ name: String) -> ModelMatch? {
    if let index = exact[name] { return ModelMatch(entry: index, options: resolved[index]) }
    let bytes = Array(name.utf8)
    let start = beginnings.longest(of: bytes)
    let end = endings.longest(of: bytes.reversed())
    if let end, end.length > start?.length ?? -1 {
      return match(end.entry, name, Substring(name.utf8.dropLast(end.length)))
    }
    return start.map { match($0.entry, name, Substring(name.utf8.dropFirst($0.length))) }
  }

  private func match(_ entry: Int, _ name: String, _ matched: Substring) -> ModelMatch {
    ModelMatch(entry: entry, options: entries[entry].asked(name, matched: matched))
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
