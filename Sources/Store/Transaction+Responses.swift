import Policy

extension Transaction {
  /// A response that the owner may see: their own or, for an admin, anybody's; of several with one id their own.
  func response(_ id: String, _ owner: Owner) throws(StoreFailure) -> (key: Int, stored: StoredResponse) {
    let columns = """
      key, id, created, expires, status, model, upstream, is_native, previous_id, conversation_id, is_background,
      is_stream, object
      """
    return try find(columns, id, owner) { row in
      let stored = StoredResponse(
        id: row.text(1), created: row.integer(2), expires: row.integer(3), status: row.status(4), model: row.text(5),
        upstream: row.text(6), isNative: row.flag(7), previousID: row.optionalText(8),
        conversationID: row.optionalText(9), isBackground: row.flag(10), isStream: row.flag(11), object: row.blob(12))
      return (key: row.integer(0), stored: stored)
    }
  }

  /// The same without the response object.
  func row(
    _ id: String, _ owner: Owner
  ) throws(StoreFailure) -> (key: Int, status: ResponseStatus, conversationID: String?) {
    try find("key, status, conversation_id", id, owner) {
      (key: $0.integer(0), status: $0.status(1), conversationID: $0.optionalText(2))
    }
  }

  private func find<Value>(
    _ columns: String, _ id: String, _ owner: Owner, make: (Row) -> Value
  ) throws(StoreFailure) -> Value {
    let sql = """
      SELECT \(columns) FROM responses WHERE id = ?1 AND (owner = ?2 OR ?3) AND is_deleted = 0
        AND (expires > ?4 OR status IN ('queued', 'in_progress') AND NOT is_native)
      ORDER BY owner = ?2 DESC LIMIT 1
      """
    let found = try database.first(
      sql, .text(id), .integer(owner.id), .flag(owner.isAdmin), .integer(now), make: make)
    guard let found else { throw .notFound }
    return found
  }

  /// See `StateStore.insert`.
  func insert(_ response: StoredResponse, input: [StoredItem], events: EventPiece?, owner: Owner) throws(StoreFailure) {
    guard let key = try upsert(response, owner) else { throw .notFound }
    try database.run("DELETE FROM items WHERE response = ?", .integer(key))
    try database.run("DELETE FROM events WHERE response = ?", .integer(key))
    try add(input, to: .response(key))
    if let events { try append(events, to: key) }
    try settle(key, response.id, response.status, response.object, turnIn: response.conversationID, owner)
  }

  /// See `StateStore.update`.
  func update(_ id: String, status: ResponseStatus, object: [UInt8], events: EventPiece?, owner: Owner)
    throws(StoreFailure)
  {
    let row = try row(id, owner)
    try database.run(
      "UPDATE responses SET status = ?, object = ? WHERE key = ?", .text(status.rawValue), .blob(object),
      .integer(row.key))
    if let events { try append(events, to: row.key) }
    try settle(row.key, id, status, object, turnIn: row.conversationID, owner)
  }

  /// Removes a response, or hides it while others go on from it; then also those before it that waited for that.
  func remove(_ key: Int) throws(StoreFailure) {
    // A turn must not stay taken by what is gone.
    try database.run(
      """
      UPDATE conversations SET turn = NULL
      WHERE (id, turn) = (SELECT conversation_id, id FROM responses WHERE key = ?)
      """, .integer(key))
    if try isContinued(key) {
      try database.run("DELETE FROM events WHERE response = ?", .integer(key))
      return try database.run("UPDATE responses SET is_deleted = 1 WHERE key = ?", .integer(key))
    }
    var last: Int? = key
    while let key = last {
      let parent = try database.first(
        """
        SELECT parent.key FROM responses JOIN responses AS parent ON parent.key = responses.parent
        WHERE responses.key = ? AND parent.is_deleted
        """, .integer(key)
      ) { $0.integer(0) }
      try database.run("DELETE FROM responses WHERE key = ?", .integer(key))
      last = try parent.flatMap { key throws(StoreFailure) in try isContinued(key) ? nil : key }
    }
  }

  /// The row of a new or changed response; nil if there is a deleted one of that id.
  private func upsert(_ response: StoredResponse, _ owner: Owner) throws(StoreFailure) -> Int? {
    var parent: Int?
    if let previous = response.previousID {
      // Also one that was deleted meanwhile, if it is still there for others.
      parent = try database.first(
        "SELECT key FROM responses WHERE id = ?1 AND (owner = ?2 OR ?3) ORDER BY owner = ?2 DESC LIMIT 1",
        .text(previous), .integer(owner.id), .flag(owner.isAdmin)
      ) { $0.integer(0) }
    }
    return try database.first(
      """
      INSERT INTO responses (id, owner, created, expires, status, model, upstream, is_native, previous_id, parent,
        conversation_id, is_background, is_stream, object) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id, owner) DO UPDATE SET created = excluded.created, expires = excluded.expires,
        status = excluded.status, model = excluded.model, upstream = excluded.upstream, is_native = excluded.is_native,
        previous_id = excluded.previous_id,
        parent = CASE WHEN excluded.parent < responses.key THEN excluded.parent END,
        conversation_id = excluded.conversation_id, is_background = excluded.is_background,
        is_stream = excluded.is_stream, object = excluded.object
      WHERE is_deleted = 0 RETURNING key
      """,
      .text(response.id), .integer(owner.id), .integer(response.created), .integer(response.expires),
      .text(response.status.rawValue), .text(response.model), .text(response.upstream), .flag(response.isNative),
      .text(response.previousID), .integer(parent), .text(response.conversationID), .flag(response.isBackground),
      .flag(response.isStream), .blob(response.object)
    ) { $0.integer(0) }
  }

  /// What is to be done once a response no longer runs: its output can be referred to, and its turn is over.
  private func settle(
    _ key: Int, _ id: String, _ status: ResponseStatus, _ object: [UInt8], turnIn conversationID: String?,
    _ owner: Owner
  ) throws(StoreFailure) {
    guard !status.isRunning else { return }
    let output = OutputItems(of: object)
    try database.run("DELETE FROM items WHERE response = ? AND output IS NOT NULL", .integer(key))
    for (place, id) in output.ids {
      try database.run(
        "INSERT INTO items (response, id, output) VALUES (?, ?, ?)", .integer(key), .text(id), .integer(place))
    }
    guard let conversationID, let conversation = try takeTurn(in: conversationID, response: id, owner),
      status.isContinuable
    else { return }
    try database.run(
      """
      INSERT INTO items (conversation, id, json)
      SELECT ?, id, json FROM items WHERE response = ? AND output IS NULL ORDER BY key
      """, .integer(conversation), .integer(key))
    try add(output.continuable(status), to: .conversation(conversation))
  }

  private func isContinued(_ key: Int) throws(StoreFailure) -> Bool {
    try database.first("SELECT 1 FROM responses WHERE parent = ? LIMIT 1", .integer(key)) { _ in true } ?? false
  }
}

extension SQLValue {
  static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

extension Row {
  func flag(_ column: Int32) -> Bool { integer(column) != 0 }

  /// A status that this version does not know is none to go on from.
  func status(_ column: Int32) -> ResponseStatus { ResponseStatus(rawValue: text(column)) ?? .failed }
}
