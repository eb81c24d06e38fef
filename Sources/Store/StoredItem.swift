/// An item of a response's input or of a conversation.
package struct StoredItem: Equatable, Sendable {
  /// What the item is asked for by, `msg_…` and the like; unique within its list.
  package var id: String
  /// The item, JSON.
  package var json: [UInt8]

  package init(id: String, json: [UInt8]) {
    self.id = id
    self.json = json
  }
}

extension [StoredItem] {
  /// Bytes of all items.
  var bytes: Int { reduce(0) { $0 + $1.json.count } }
}

/// Which items of a list are wanted.
package struct PageQuery: Equatable, Sendable {
  /// How many at the most, 1 to `Limits.pageItemsMax`; other numbers are brought into that range.
  package var limit: Int
  /// Oldest first; the API's default is newest first.
  package var isAscending: Bool
  /// In the order of the page: only items behind this one, and only items before that one.
  package var after: String?
  package var before: String?

  package init(limit: Int = 20, isAscending: Bool = false, after: String? = nil, before: String? = nil) {
    self.limit = limit
    self.isAscending = isAscending
    self.after = after
    self.before = before
  }
}

/// Some items of a list, in the order asked for.
package struct ItemPage: Equatable, Sendable {
  package var items: [StoredItem]
  /// Whether the list goes on behind the last of them.
  package var hasMore: Bool
}

/// A conversation, its items aside.
package struct StoredConversation: Equatable, Sendable {
  /// `conv_…`, unique within its owner's conversations.
  package var id: String
  /// When it was made and from when on it is gone, in seconds since 1970; a turn moves the latter on.
  package var created: Int
  package var expires: Int
  /// JSON object.
  package var metadata: [UInt8]

  package init(id: String, created: Int, expires: Int, metadata: [UInt8]) {
    self.id = id
    self.created = created
    self.expires = expires
    self.metadata = metadata
  }
}
