import Wire

/// The items in the `output` of a response object.
struct OutputItems {
  private let object: [UInt8]
  private let ranges: [Range<Int>]

  /// Of an object that is damaged or has no output: none.
  init(of object: [UInt8]) {
    self.object = object
    var ranges: [Range<Int>] = []
    if let output = JSONPick.member("output", of: 0..<object.count, in: object.span), output.kind == .array {
      JSONScan.elements(of: output.range, in: object.span) { item in
        ranges.append(item.range)
        return true
      }
    }
    self.ranges = ranges
  }

  /// The ids of all items, by their places; items without one are left out.
  var ids: [(place: Int, id: String)] {
    ranges.enumerated().compactMap { place, range in text("id", range).map { (place, $0) } }
  }

  /// JSON of the item at a place.
  subscript(_ place: Int) -> [UInt8]? { ranges.indices.contains(place) ? Array(object[ranges[place]]) : nil }

  /// The items that another response can go on from: those of an incomplete response without the calls whose arguments
  /// were cut, because nobody can answer them.
  func continuable(_ status: ResponseStatus) -> [StoredItem] {
    ranges.compactMap { range in
      if status == .incomplete, isCutCall(range) { return nil }
      return StoredItem(id: text("id", range) ?? "", json: Array(object[range]))
    }
  }

  private func isCutCall(_ range: Range<Int>) -> Bool {
    guard let type = text("type", range), type.hasSuffix("_call"), let status = text("status", range) else {
      return false
    }
    return status != "completed"
  }

  private func text(_ name: StaticString, _ range: Range<Int>) -> String? {
    JSONPick.string(JSONPick.member(name, of: range, in: object.span), in: object.span)
  }
}
