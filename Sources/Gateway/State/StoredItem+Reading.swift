import Dialects
import Store
import Wire

extension StoredItem {
  /// An item as a request brought it; `InputItems` has given it an id.
  init(_ item: JSONTree) { self.init(id: item["id"]?.stringValue ?? "", json: item.encoded) }
}

extension ResponseStatus {
  /// What a response object says of itself; one that says nothing sensible is good for nothing.
  init(ofObject object: [UInt8]) { self = StoredAnswer.status(of: object).flatMap(Self.init) ?? .failed }
}
