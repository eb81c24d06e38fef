import Policy

extension Transaction {
  /// See `StateStore.append`.
  func append(_ events: EventPiece, to id: String, owner: Owner) throws(StoreFailure) {
    let found = try database.first(
      """
      SELECT key FROM responses WHERE id = ?1 AND (owner = ?2 OR ?3) AND is_deleted = 0
      ORDER BY owner = ?2 DESC LIMIT 1
      """, .text(id), .integer(owner.id), .flag(owner.isAdmin)
    ) { $0.integer(0) }
    guard let key = found else { throw .notFound }
    try append(events, to: key)
  }

  func append(_ events: EventPiece, to key: Int) throws(StoreFailure) {
    try database.run(
      "INSERT OR REPLACE INTO events (response, first, last, bytes) VALUES (?, ?, ?, ?)", .integer(key),
      .integer(events.sequence.lowerBound), .integer(events.sequence.upperBound), .blob(events.bytes))
  }

  /// See `StateStore.events`.
  func events(of id: String, after sequence: Int, owner: Owner) throws(StoreFailure) -> EventPage {
    let row = try row(id, owner)
    var page = EventPage(bytes: [], last: sequence, hasMore: false, status: row.status)
    // The piece that the next event is in may begin before it.
    let sql = """
      SELECT first, last, bytes FROM events WHERE response = ?1 AND last > ?2
        AND first >= coalesce((SELECT max(first) FROM events WHERE response = ?1 AND first <= ?2 + 1), 0)
      ORDER BY first
      """
    try database.each(sql, .integer(row.key), .integer(sequence)) { row in
      page.hasMore = page.bytes.count >= Limits.eventPageBytes
      if page.hasMore { return false }
      page.bytes += row.blob(2).droppingEvents(sequence + 1 - row.integer(0))
      page.last = row.integer(1)
      return true
    }
    return page
  }
}

extension [UInt8] {
  /// What follows the first `count` events.
  fileprivate func droppingEvents(_ count: Int) -> ArraySlice<UInt8> {
    var rest = self[...]
    var left = count
    while left > 0, !rest.isEmpty {
      // The line's end, and that of the empty line behind it.
      let end = rest.indices.first { rest[$0] == 0x0A && ($0 + 1 == rest.endIndex || rest[$0 + 1] == 0x0A) }
      rest = rest[Swift.min((end ?? rest.endIndex) + 2, rest.endIndex)...]
      left -= 1
    }
    return rest
  }
}
