import Policy

extension Transaction {
  /// See `StateStore.chain`.
  func chain(endingWith id: String, owner: Owner) throws(StoreFailure) -> [[UInt8]] {
    let last = try response(id, owner)
    guard last.stored.status.isContinuable else { throw .notContinuable(last.stored.status) }
    var turns: [[[UInt8]]] = []
    var bytes = 0
    var next: Ancestor? = Ancestor(
      key: last.key, status: last.stored.status, object: last.stored.object, hasPrevious: last.stored.previousID != nil)
    // A response goes on from an older one always, so this comes to an end.
    while let current = next {
      guard turns.count < Limits.chainResponsesMax else { throw .chainTooLong }
      let input = try items(of: .response(current.key), bytesMax: Limits.chainBytesMax - bytes)
      let turn = input + OutputItems(of: current.object).continuable(current.status).map(\.json)
      turns.append(turn)
      bytes += turn.reduce(0) { $0 + $1.count }
      guard bytes <= Limits.chainBytesMax else { throw .chainTooLong }
      next = try current.hasPrevious ? parent(of: current.key) : nil
    }
    return Array(turns.reversed().joined())
  }

  /// What a chain needs of a response.
  private struct Ancestor {
    let key: Int
    let status: ResponseStatus
    let object: [UInt8]
    let hasPrevious: Bool
  }

  private func parent(of key: Int) throws(StoreFailure) -> Ancestor {
    let found = try database.first(
      """
      SELECT key, status, object, previous_id IS NOT NULL FROM responses
      WHERE key = (SELECT parent FROM responses WHERE key = ?)
      """, .integer(key)
    ) { Ancestor(key: $0.integer(0), status: $0.status(1), object: $0.blob(2), hasPrevious: $0.flag(3)) }
    guard let found else { throw .brokenChain }
    return found
  }
}
