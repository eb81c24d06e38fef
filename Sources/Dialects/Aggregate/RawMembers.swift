import Wire

/// Members of an object that are kept as they were spelled, in the order in which their names first came. Of several
/// values of one name the last counts.
struct RawMembers: Sendable {
  private(set) var entries: [(name: String, value: [UInt8])] = []

  /// Sets the member `name` to the value at `range`.
  ///
  /// - Returns: by how many bytes the members have grown.
  mutating func set(_ name: String, _ range: Range<Int>, in source: Span<UInt8>) -> Int {
    let value = [UInt8](copying: range, of: source)
    if let place = entries.firstIndex(where: { $0.name == name }) {
      let before = entries[place].value.count
      entries[place].value = value
      return value.count - before
    }
    entries.append((name, value))
    return name.utf8.count + value.count
  }

  /// Writes all members into the object that is open.
  func write(to writer: inout JSONWriter) {
    for entry in entries { writer.member(entry.name, raw: entry.value) }
  }
}

/// Members that are lists and come in pieces: the elements of all pieces in a row.
struct RawLists: Sendable {
  /// Elements as JSON, separated by commas.
  private(set) var entries: [(name: String, elements: [UInt8])] = []

  var isEmpty: Bool { entries.isEmpty }

  /// Adds the elements of the array at `array` to the list `name`, which may be empty so far.
  ///
  /// - Returns: by how many bytes the lists have grown.
  mutating func append(_ name: String, _ array: JSONValue, in source: Span<UInt8>) -> Int {
    let elements = JSONScan.trimmed(array.contents, in: source)
    let place: Int
    var growth = elements.count
    if let known = entries.firstIndex(where: { $0.name == name }) {
      place = known
    } else {
      place = entries.count
      entries.append((name, []))
      growth += name.utf8.count
    }
    guard !elements.isEmpty else { return growth }
    if !entries[place].elements.isEmpty { entries[place].elements.append(UInt8(ascii: ",")) }
    entries[place].elements.append(copying: elements, of: source)
    return growth
  }

  /// Writes all lists into the object that is open.
  func write(to writer: inout JSONWriter) {
    for entry in entries {
      writer.member(entry.name, elements: entry.elements)
    }
  }
}
