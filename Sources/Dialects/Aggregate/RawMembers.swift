import Wire

/// Members of an object that are kept as they were spelled, in the order in which their names first came. Of several
/// values of one name the last counts.
struct RawMembers: Sendable {
  private var members = NamedList<[UInt8]>()

  /// Sets the member `name` to the value at `range`.
  ///
  /// - Returns: by how many bytes the members have grown.
  mutating func set(_ name: String, _ range: Range<Int>, in source: Span<UInt8>) -> Int {
    let value = [UInt8](copying: range, of: source)
    if let place = members.place(of: name) {
      let before = members[place].count
      members[place] = value
      return value.count - before
    }
    _ = members.append(name, value)
    return NamedList<[UInt8]>.overhead + name.utf8.count + value.count
  }

  /// Writes all members into the object that is open.
  func write(to writer: inout JSONWriter) {
    for member in members.entries { writer.member(member.name, raw: member.value) }
  }
}

/// Members that are lists and come in pieces: the elements of all pieces in a row.
struct RawLists: Sendable {
  /// Elements as JSON, separated by commas.
  private var lists = NamedList<[UInt8]>()

  var isEmpty: Bool { lists.entries.isEmpty }

  /// Whether there is a list `name`, be it an empty one.
  func has(_ name: String) -> Bool { lists.place(of: name) != nil }

  /// Adds the elements of the array at `array` to the list `name`, which may be empty so far.
  ///
  /// - Returns: by how many bytes the lists have grown.
  mutating func append(_ name: String, _ array: JSONValue, in source: Span<UInt8>) -> Int {
    let elements = JSONScan.trimmed(array.contents, in: source)
    let known = lists.place(of: name)
    let place = known ?? lists.append(name, [])
    if !elements.isEmpty, !lists[place].isEmpty { lists[place].append(UInt8(ascii: ",")) }
    lists[place].append(copying: elements, of: source)
    return elements.count + (known == nil ? NamedList<[UInt8]>.overhead + name.utf8.count : 0)
  }

  /// Writes all lists into the object that is open.
  func write(to writer: inout JSONWriter) {
    for list in lists.entries { writer.member(list.name, elements: list.value) }
  }
}
