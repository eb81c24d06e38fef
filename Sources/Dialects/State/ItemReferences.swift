import Policy
import Wire

/// Input items that only name a stored item.
package enum ItemReferences {
  /// References of one request that are looked up; what is beyond them is not found.
  package static let max = 256

  /// The ids that the elements of `input` refer to.
  ///
  /// - Parameter input: the value of a responses request's `input`; only a list can have references.
  package static func read(_ input: JSONValue?, in bytes: Span<UInt8>) -> [String] {
    guard let input, input.kind == .array else { return [] }
    var ids: [String] = []
    var cursor = JSONCursor(input.range, in: bytes)
    while let item = cursor.nextElement(in: bytes), ids.count < max {
      if item.kind == .object, let id = reference(item.range, in: bytes) { ids.append(id) }
    }
    return ids
  }

  /// Why an item cannot be referred to twice: a small request could ask for any number of copies of a large one.
  ///
  /// - Parameter place: of the second reference in the input.
  static func duplicate(_ id: String, at place: Int) -> Failure {
    Failure(
      .invalidValue, message: "Duplicate item found with id '\(id.prefix(100))'.", param: "input[\(place)].id")
  }

  private static func reference(_ item: Range<Int>, in bytes: Span<UInt8>) -> String? {
    let type = JSONPick.string(JSONPick.member("type", of: item, in: bytes), in: bytes)
    if let type, type != "item_reference" { return nil }
    // Of the items without a type, messages have a role and references have not.
    guard type != nil || JSONPick.member("role", of: item, in: bytes) == nil else { return nil }
    return JSONPick.string(JSONPick.member("id", of: item, in: bytes), in: bytes)
  }
}
