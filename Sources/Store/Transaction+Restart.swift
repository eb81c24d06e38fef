import Wire

extension Transaction {
  /// What the client of an interrupted response reads.
  private static let interruption = JSONTree.object([
    .init("code", .string("server_error")),
    .init("message", .string("The gateway was restarted while this response was being made.")),
  ]).encoded

  /// Declares what was running when the last process ended as failed: in the row, in the object and as the last event
  /// of a stream that has a log. Turns end with it. What an upstream makes by itself goes on there.
  func failInterrupted() throws(StoreFailure) {
    try database.run("UPDATE conversations SET turn = NULL WHERE turn IS NOT NULL")
    let running = try database.rows(
      "SELECT key FROM responses WHERE status IN ('queued', 'in_progress') AND NOT is_native"
    ) { $0.integer(0) }
    for key in running { try failInterrupted(key) }
  }

  private func failInterrupted(_ key: Int) throws(StoreFailure) {
    let object = try database.first("SELECT object FROM responses WHERE key = ?", .integer(key)) { $0.blob(0) } ?? []
    let failed = JSONSplice.setting(
      [("status", Array("\"failed\"".utf8)), ("error", Self.interruption)], in: object)
    try database.run(
      "UPDATE responses SET status = 'failed', object = ? WHERE key = ?", .blob(failed), .integer(key))
    let last = try database.first("SELECT max(last) FROM events WHERE response = ?", .integer(key)) {
      $0.optionalInteger(0)
    }
    guard let last, let last else { return }
    var event = JSONWriter(capacity: failed.count + 128)
    event.beginObject()
    event.member("type", "response.failed")
    event.member("sequence_number", last + 1)
    event.member("response", raw: failed)
    event.endObject()
    var bytes: [UInt8] = []
    SSEWriter.append(event: "response.failed", data: event.bytes, to: &bytes)
    try append(EventPiece(sequence: last + 1...last + 1, bytes: bytes), to: key)
  }
}
