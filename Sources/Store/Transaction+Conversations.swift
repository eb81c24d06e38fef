import Policy

extension Transaction {
  /// A conversation that the owner may see, as for responses.
  func conversation(_ id: String, _ owner: Owner) throws(StoreFailure) -> (key: Int, stored: StoredConversation) {
    let sql = """
      SELECT key, id, created, expires, metadata FROM conversations
      WHERE id = ?1 AND (owner = ?2 OR ?3) AND (expires > ?4 OR turn IS NOT NULL) ORDER BY owner = ?2 DESC LIMIT 1
      """
    let found = try database.first(sql, .text(id), .integer(owner.id), .flag(owner.isAdmin), .integer(now)) { row in
      let stored = StoredConversation(
        id: row.text(1), created: row.integer(2), expires: row.integer(3), metadata: row.blob(4))
      return (key: row.integer(0), stored: stored)
    }
    guard let found else { throw .notFound }
    return found
  }

  /// See `StateStore.createConversation`.
  func create(_ conversation: StoredConversation, items: [StoredItem], owner: Owner) throws(StoreFailure) {
    guard items.count <= Limits.itemsPerCallMax else { throw .tooManyItems }
    try database.run(
      """
      INSERT INTO conversations (id, owner, created, expires, lifetime, used, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      .text(conversation.id), .integer(owner.id), .integer(conversation.created), .integer(conversation.expires),
      .integer(conversation.expires - conversation.created), .integer(now), .blob(conversation.metadata))
    try add(items, to: .conversation(database.lastKey))
  }

  /// See `StateStore.updateConversation`.
  func update(conversation id: String, metadata: [UInt8], owner: Owner) throws(StoreFailure) -> StoredConversation {
    let key = try conversation(id, owner).key
    try database.run("UPDATE conversations SET metadata = ? WHERE key = ?", .blob(metadata), .integer(key))
    try touch(key)
    return try conversation(id, owner).stored
  }

  /// See `StateStore.addItems`.
  func add(_ items: [StoredItem], toConversation id: String, owner: Owner) throws(StoreFailure) {
    guard items.count <= Limits.itemsPerCallMax else { throw .tooManyItems }
    let key = try conversation(id, owner).key
    try add(items, to: .conversation(key))
    try touch(key)
  }

  /// Removes a conversation with its items.
  func remove(conversation key: Int) throws(StoreFailure) {
    try database.run("DELETE FROM conversations WHERE key = ?", .integer(key))
  }

  /// JSON of one item.
  func item(_ id: String, in conversation: Int) throws(StoreFailure) -> [UInt8] {
    let found = try database.first(
      "SELECT json FROM items WHERE conversation = ? AND id = ?", .integer(conversation), .text(id)
    ) { $0.blob(0) }
    guard let found else { throw .notFound }
    return found
  }

  /// Removes one item.
  func remove(item id: String, of conversation: Int) throws(StoreFailure) {
    try database.run("DELETE FROM items WHERE conversation = ? AND id = ?", .integer(conversation), .text(id))
    if database.changes == 0 { throw .notFound }
  }

  // MARK: Turns

  /// See `StateStore.beginTurn`.
  func beginTurn(in id: String, response: String, owner: Owner) throws(StoreFailure) -> [[UInt8]] {
    let key = try conversation(id, owner).key
    let isFree = try database.first("SELECT 1 FROM conversations WHERE key = ? AND turn IS NULL", .integer(key)) { _ in
      true
    }
    guard isFree != nil else { throw .conversationLocked }
    let items = try items(of: .conversation(key), bytesMax: Limits.chainBytesMax)
    try database.run("UPDATE conversations SET turn = ? WHERE key = ?", .text(response), .integer(key))
    return items
  }

  /// See `StateStore.endTurn`.
  func endTurn(in id: String, response: String, adding items: [StoredItem], owner: Owner) throws(StoreFailure) {
    guard let key = try takeTurn(in: id, response: response, owner) else { return }
    try add(items, to: .conversation(key))
  }

  /// Ends the turn that a response has.
  /// - Returns: the conversation's key; nil if the response has no turn there, or the conversation is gone.
  func takeTurn(in id: String, response: String, _ owner: Owner) throws(StoreFailure) -> Int? {
    let found = try database.first(
      "SELECT key FROM conversations WHERE id = ? AND (owner = ? OR ?) AND turn = ?", .text(id), .integer(owner.id),
      .flag(owner.isAdmin), .text(response)
    ) { $0.integer(0) }
    guard let key = found else { return nil }
    try database.run("UPDATE conversations SET turn = NULL WHERE key = ?", .integer(key))
    try touch(key)
    return key
  }

  /// Moves on the time at which a conversation expires.
  private func touch(_ key: Int) throws(StoreFailure) {
    try database.run(
      "UPDATE conversations SET used = ?1, expires = ?1 + lifetime WHERE key = ?2", .integer(now), .integer(key))
  }
}
