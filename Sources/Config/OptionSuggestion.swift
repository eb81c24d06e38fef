/// Finds the option that somebody may have meant.
enum OptionSuggestion {
  /// Longest name that is compared; the cost grows with the square.
  static let nameMax = 64

  /// The nearest of the options, or the full path of an option with just this name elsewhere; nil = nothing is near.
  static func find(for name: String, among options: [ConfigOption]) -> String? {
    nearest(to: name, among: options.map(\.name)) ?? path(to: name)
  }

  /// The end of a message about a name that is not among these: the nearest one as a question, if one is near.
  static func hint(for name: String, among names: [String]) -> String {
    nearest(to: name, among: names).map { "; did you mean `\($0)`?" } ?? ""
  }

  /// The name that the fewest edits turn the given one into, if a third of its length is enough edits; nil = none.
  static func nearest(to name: String, among names: [String]) -> String? {
    guard name.utf8.count <= nameMax else { return nil }
    let given = simplified(name)
    let best = names.filter { $0.utf8.count <= nameMax }
      .map { (name: $0, distance: distance(given, simplified($0))) }
      .min { $0.distance < $1.distance }
    // A single letter is one edit away from every other.
    guard let best, best.distance <= max(1, given.count / 3), best.distance < given.count else { return nil }
    return best.name
  }

  /// The option of exactly this name with the fewest sections above it, and those.
  private static func path(to name: String) -> String? {
    var level = [(prefix: "", options: OptionTable.root.options)]
    while !level.isEmpty {
      for (prefix, options) in level where options.contains(where: { $0.name == name }) {
        return OptionChecker.join(prefix, name)
      }
      level = level.flatMap { prefix, options in options.compactMap { inner(of: $0, prefix: prefix) } }
    }
    return nil
  }

  /// The options inside an option, with the path that leads to them; nil = there are none.
  private static func inner(of option: ConfigOption, prefix: String) -> (prefix: String, options: [ConfigOption])? {
    guard !option.type.options.isEmpty else { return nil }
    let path = OptionChecker.join(prefix, option.name)
    let isList = if case .list = option.type { true } else { false }
    return (isList ? path + "[]" : path, option.type.options)
  }

  /// Lower case without separators, so that `baseUrl` and `base-url` are `base_url`.
  private static func simplified(_ name: String) -> [UInt8] {
    name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
  }

  /// Edit distance that counts two swapped neighbours as one edit (optimal string alignment).
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var next = [row + 1]
      for column in right.indices {
        var best = min(last[column + 1], next[column]) + 1
        best = min(best, last[column] + (left[row] == right[column] ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        next.append(best)
      }
      beforeLast = last
      last = next
    }
    return last[right.count]
  }
}
