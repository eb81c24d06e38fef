import Policy

/// A list of items: the input of a response or a conversation, by its key.
enum ItemList {
  case response(Int), conversation(Int)

  fileprivate var column: String {
    switch self {
    case .response: "response"
    case .conversation: "conversation"
    }
  }

  fileprivate var key: Int {
    switch self {
    case .response(let key), .conversation(let key): key
    }
  }
}

extension Transaction {
  /// Adds items at the end of a list.
  func add(_ items: [StoredItem], to list: ItemList) throws(StoreFailure) {
    for item in items {
      try database.run(
        "INSERT INTO items (\(list.column), id, json) VALUES (?, ?, ?)", .integer(list.key), .text(item.id),
        .blob(item.json))
    }
  }

  /// All items of a list; fails with `chainTooLong` above `bytesMax`.
  func items(of list: ItemList, bytesMax: Int) throws(StoreFailure) -> [[UInt8]] {
    var items: [[UInt8]] = []
    var bytes = 0
    try database.each(
      "SELECT json FROM items WHERE \(list.column) = ? AND output IS NULL ORDER BY key", .integer(list.key)
    ) { row in
      let json = row.blob(0)
      items.append(json)
      bytes += json.count
      return bytes <= bytesMax
    }
    guard bytes <= bytesMax else { throw .chainTooLong }
    return items
  }

  /// Some items of a list.
  func page(_ list: ItemList, _ query: PageQuery) throws(StoreFailure) -> ItemPage {
    let limit = min(max(query.limit, 1), Limits.pageItemsMax)
    let after = try query.after.map { id throws(StoreFailure) in try key(of: id, in: list) }
    let before = try query.before.map { id throws(StoreFailure) in try key(of: id, in: list) }
    let lower = query.isAscending ? after : before
    let upper = query.isAscending ? before : after
    let sql = """
      SELECT id, json FROM items WHERE \(list.column) = ? AND output IS NULL AND key > ? AND key < ?
      ORDER BY key \(query.isAscending ? "ASC" : "DESC") LIMIT ?
      """
    var items = try database.rows(
      sql, .integer(list.key), .integer(lower ?? 0), .integer(upper ?? .max), .integer(limit + 1)
    ) { StoredItem(id: $0.text(0), json: $0.blob(1)) }
    let hasMore = items.count > limit
    if hasMore { items.removeLast() }
    return ItemPage(items: items, hasMore: hasMore)
  }

  private func key(of id: String, in list: ItemList) throws(StoreFailure) -> Int {
    let found = try database.first(
      "SELECT key FROM items WHERE \(list.column) = ? AND id = ? AND output IS NULL", .integer(list.key), .text(id)
    ) { $0.integer(0) }
    guard let found else { throw .unknownItem(id) }
    return found
  }

  /// The newest item of that id that the owner may see, wherever it is.
  func item(_ id: String, _ owner: Owner) throws(StoreFailure) -> [UInt8]? {
    let sql = """
      SELECT items.json, items.output, responses.object FROM items
        LEFT JOIN responses ON responses.key = items.response
        LEFT JOIN conversations ON conversations.key = items.conversation
      WHERE items.id = ?1 AND (?3 OR coalesce(responses.owner, conversations.owner) = ?2)
        AND coalesce(responses.expires, conversations.expires) > ?4 AND coalesce(responses.is_deleted, 0) = 0
      ORDER BY items.key DESC LIMIT 1
      """
    return try database.first(sql, .text(id), .integer(owner.id), .flag(owner.isAdmin), .integer(now)) { row in
      guard let place = row.optionalInteger(1) else { return row.blob(0) }
      return OutputItems(of: row.blob(2))[place]
    }.flatMap(\.self)
  }
}
