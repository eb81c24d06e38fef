import Wire

/// Adds up usage objects: numbers of the same name are added, at every depth; what only one of them has is kept.
enum UsageSum {
  static func adding(_ one: JSONTree, _ other: JSONTree) -> JSONTree {
    switch (one, other) {
    case (.object(let members), .object(let others)):
      var sum = members
      for member in others {
        if let place = sum.firstIndex(where: { $0.name == member.name }) {
          sum[place].value = adding(sum[place].value, member.value)
        } else {
          sum.append(member)
        }
      }
      return .object(sum)
    case (.number(let spelling), .number(let otherSpelling)): return number(spelling, otherSpelling)
    case (.null, let value): return value
    case (let value, _): return value
    }
  }

  private static func number(_ one: String, _ other: String) -> JSONTree {
    if let one = Int(one), let other = Int(other) {
      let (sum, overflow) = one.addingReportingOverflow(other)
      return .number(overflow ? String(Int.max) : String(sum))
    }
    guard let value = Double(one), let added = Double(other), (value + added).isFinite else { return .number(one) }
    return .number((value + added).description)
  }
}
