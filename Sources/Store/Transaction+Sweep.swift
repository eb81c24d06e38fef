import Policy

/// What one step of a sweep did, and what it left: rows are counted when there is nothing left to do.
struct Sweep: Sendable {
  /// Responses and conversations that went.
  var removed = 0
  /// Whether there is nothing left to do.
  var isDone = true
  var responses = 0
  var conversations = 0
  /// Bytes in use.
  var bytes = 0
}

extension Transaction {
  /// Pages that one step gives back to the file system.
  private static let pagesPerStep = 4096

  /// Removes what has expired, then the oldest until no more than `bytesMax` are in use; at most
  /// `Limits.storeSweepStep` of them. What runs stays.
  func sweep(bytesMax: Int?) throws(StoreFailure) -> Sweep {
    var removed = try removeExpired()
    if let bytesMax {
      while removed < Limits.storeSweepStep, database.usedBytes > bytesMax, try removeOldest() { removed += 1 }
    }
    let freeBefore = try database.integer("PRAGMA freelist_count")
    try database.run("PRAGMA incremental_vacuum(\(Self.pagesPerStep))")
    let free = try database.integer("PRAGMA freelist_count")
    guard removed < Limits.storeSweepStep, free == 0 || free == freeBefore else {
      return Sweep(removed: removed, isDone: false, bytes: database.usedBytes)
    }
    var sweep = try survey()
    sweep.removed = removed
    return sweep
  }

  /// Rows and bytes as they are.
  func survey() throws(StoreFailure) -> Sweep {
    Sweep(
      responses: try database.integer("SELECT count(*) FROM responses"),
      conversations: try database.integer("SELECT count(*) FROM conversations"), bytes: database.usedBytes)
  }

  private func removeExpired() throws(StoreFailure) -> Int {
    let responses = try database.rows(
      """
      SELECT key FROM responses WHERE expires <= ? AND (status NOT IN ('queued', 'in_progress') OR is_native)
        AND (is_deleted = 0 OR NOT EXISTS (SELECT 1 FROM responses AS next WHERE next.parent = responses.key))
      LIMIT ?
      """, .integer(now), .integer(Limits.storeSweepStep)
    ) { $0.integer(0) }
    for key in responses { try remove(key) }
    let conversations = try database.rows(
      "SELECT key FROM conversations WHERE expires <= ? AND turn IS NULL LIMIT ?", .integer(now),
      .integer(Limits.storeSweepStep - responses.count)
    ) { $0.integer(0) }
    for key in conversations { try remove(conversation: key) }
    return responses.count + conversations.count
  }

  /// Removes the oldest response that no other goes on from, or the conversation that was not used for longer than
  /// that. Others would give no room: what goes on from them needs them.
  /// - Returns: false if there is neither.
  private func removeOldest() throws(StoreFailure) -> Bool {
    let response = try database.first(
      """
      SELECT key, created FROM responses WHERE (status NOT IN ('queued', 'in_progress') OR is_native)
        AND NOT EXISTS (SELECT 1 FROM responses AS next WHERE next.parent = responses.key)
      ORDER BY key LIMIT 1
      """
    ) { (key: $0.integer(0), created: $0.integer(1)) }
    let conversation = try database.first(
      "SELECT key, used FROM conversations WHERE turn IS NULL ORDER BY used LIMIT 1"
    ) { (key: $0.integer(0), used: $0.integer(1)) }
    if let conversation, conversation.used < response?.created ?? .max {
      try remove(conversation: conversation.key)
      return true
    }
    guard let response else { return false }
    try remove(response.key)
    return true
  }
}
