import Policy
import Wire

/// A responses request for an upstream that has the API but does not know what the request goes on from: the earlier
/// items are sent along, in front of its own.
package enum ExpandedInput {
  /// The body that says so.
  ///
  /// - Parameters:
  ///   - history: JSON items, oldest first.
  ///   - referenced: items by their ids, to stand in for references to them; others may be the upstream's own.
  ///   - ids: for input that was given as a text.
  /// - Throws: `.invalidJSON`, `.invalidType`, `.invalidValue` when `body` is no request, or refers to an item twice.
  package static func body(
    _ body: [UInt8], history: [[UInt8]], referenced: [String: JSONTree] = [:], ids: AnswerIDs
  ) throws(Failure) -> [UInt8] {
    guard let tree = try? JSONTree.parse(body.span), case .object(var members) = tree else {
      throw Failure(.invalidJSON)
    }
    let earlier = history.compactMap { try? JSONTree.parse($0.span) }.compactMap(stranger)
    var own = try InputItems.read(tree["input"], ids: ids)
    var seen: Set<String> = []
    for (place, item) in own.enumerated() where item["type"]?.stringValue == "item_reference" {
      guard let id = item["id"]?.stringValue, let found = referenced[id] else { continue }
      guard seen.insert(id).inserted else { throw ItemReferences.duplicate(id, at: place) }
      own[place] = found
    }
    members.removeAll { ["previous_response_id", "conversation", "input"].contains($0.name) }
    members.append(JSONTree.Member("input", .array(earlier + own.map(nameless))))
    return JSONTree.object(members).encoded
  }

  /// An item as an upstream can take it that has never seen it. Reasoning means something to its maker alone, unless it
  /// carries its contents with it.
  private static func stranger(_ item: JSONTree) -> JSONTree? {
    if item["type"]?.stringValue == "reasoning", item["encrypted_content"]?.stringValue == nil { return nil }
    return nameless(item)
  }

  /// An item without its id, which the upstream would look for among its own. A reference is nothing but that.
  private static func nameless(_ item: JSONTree) -> JSONTree {
    guard case .object(let members) = item, item["type"]?.stringValue != "item_reference" else { return item }
    return .object(members.filter { $0.name != "id" && $0.name != "status" })
  }
}
