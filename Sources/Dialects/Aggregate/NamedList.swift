/// Values by name, in the order in which the names first came.
///
/// The names are an upstream's and may be many: a few are compared one by one, more are looked up.
struct NamedList<Value: Sendable>: Sendable {
  private(set) var entries: [(name: String, value: Value)] = []
  /// Where each name is, once there are too many to compare.
  private var places: [String: Int] = [:]

  /// Most names that are compared one by one.
  private static var comparedMax: Int { 8 }

  /// What an entry is taken to need besides its bytes.
  static var overhead: Int { 64 }

  /// Where the entry named `name` is.
  func place(of name: String) -> Int? {
    entries.count <= Self.comparedMax ? entries.firstIndex { $0.name == name } : places[name]
  }

  /// Adds an entry, whose name must be new; its place.
  mutating func append(_ name: String, _ value: Value) -> Int {
    entries.append((name, value))
    if entries.count > Self.comparedMax {
      for place in places.count..<entries.count { places[entries[place].name] = place }
    }
    return entries.count - 1
  }

  /// The value at `place`.
  subscript(place: Int) -> Value {
    get { entries[place].value }
    _modify { yield &entries[place].value }
  }
}
