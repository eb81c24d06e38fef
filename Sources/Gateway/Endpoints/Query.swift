import Policy
import Store
import Wire

/// The parameters behind the `?` of a request's target.
struct Query {
  private var parameters: [(name: String, value: String)] = []

  init(_ head: RequestHead) {
    guard let range = head.queryRange else { return }
    for pair in head.string(range).split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append((Query.decode(halves[0]), halves.count > 1 ? Query.decode(halves[1]) : ""))
    }
  }

  /// The last value of `name`.
  func value(_ name: String) -> String? { parameters.last { $0.name == name }?.value }

  func bool(_ name: String) throws(Failure) -> Bool? {
    guard let text = value(name) else { return nil }
    switch text.lowercased() {
    case "true", "1": return true
    case "false", "0": return false
    default: throw .invalid(name, "true or false")
    }
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .invalid(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Which page of a list is asked for: `limit`, `order`, `after`, `before`.
  func page() throws(Failure) -> PageQuery {
    var page = PageQuery()
    page.limit = try integer("limit", in: 1...100) ?? page.limit
    switch value("order") {
    case nil, "desc": break
    case "asc": page.isAscending = true
    default: throw .invalid("order", "asc or desc")
    }
    page.after = value("after")
    page.before = value("before")
    return page
  }

  private static func decode(_ text: Substring) -> String {
    PercentCoding.decode(String(text.replacing("+", with: " ")))
  }
}
