import Policy

/// Responses. Unless something else is said, a failure is `notFound` or one of the store itself.
extension StateStore {
  /// Keeps a new response with the items of its input and, for a background stream, its first events. A response of the
  /// same id and owner is replaced; one that was deleted stays so (`notFound`). Fails with `tooLarge`.
  ///
  /// One that no longer runs and has the turn in its conversation (`beginTurn`) ends it in the same transaction:
  /// `completed` and `incomplete` ones add their input and output to it.
  package func insert(
    _ response: StoredResponse, input: [StoredItem], events: EventPiece? = nil, owner: Owner,
    then: @escaping Completion<Void>
  ) {
    let weight = response.object.count + input.bytes + (events?.bytes.count ?? 0)
    guard weight <= options.bytesMax.map({ $0 / 2 }) ?? .max else { return then(.failure(.tooLarge)) }
    submit(weight, then) { transaction throws(StoreFailure) in
      try transaction.insert(response, input: input, events: events, owner: owner)
    }
  }

  /// Replaces the status and the object of a response, and appends events to its log, in one transaction. What `insert`
  /// says about conversations holds here too. An update with a final status is not refused as `overloaded`.
  package func update(
    _ id: String, status: ResponseStatus, object: [UInt8], events: EventPiece? = nil, owner: Owner,
    then: @escaping Completion<Void>
  ) {
    let weight = object.count + (events?.bytes.count ?? 0)
    submit(weight, isOwed: !status.isRunning, then) { transaction throws(StoreFailure) in
      try transaction.update(id, status: status, object: object, events: events, owner: owner)
    }
  }

  /// Appends events to the log of a response.
  package func append(_ events: EventPiece, to id: String, owner: Owner, then: @escaping Completion<Void>) {
    submit(events.bytes.count, then) { transaction throws(StoreFailure) in
      try transaction.append(events, to: id, owner: owner)
    }
  }

  /// A response as it was kept last.
  package func response(_ id: String, owner: Owner, then: @escaping Completion<StoredResponse>) {
    submit(0, then) { transaction throws(StoreFailure) in try transaction.response(id, owner).stored }
  }

  /// The events of a response with sequence numbers above `sequence`, a page of them; -1 for the first page.
  package func events(
    of id: String, after sequence: Int, owner: Owner, then: @escaping Completion<EventPage>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.events(of: id, after: sequence, owner: owner)
    }
  }

  /// Deletes a response. Responses that go on from it are not harmed: what they need of it stays until they are gone,
  /// out of everybody's sight.
  package func deleteResponse(_ id: String, owner: Owner, then: @escaping Completion<Void>) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.remove(try transaction.row(id, owner).key)
    }
  }

  /// Some items of a response's own input. Fails with `unknownItem` when the query names an item that is not there.
  package func inputItems(
    of id: String, _ query: PageQuery, owner: Owner, then: @escaping Completion<ItemPage>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.page(.response(try transaction.row(id, owner).key), query)
    }
  }

  /// What a response that names `id` as the previous one goes on from: JSON of the items of all responses from the
  /// first to that one, of each its input, then its output. Calls that an incomplete response did not finish are left
  /// out. Fails with `notContinuable`, `brokenChain` or `chainTooLong`.
  package func chain(endingWith id: String, owner: Owner, then: @escaping Completion<[[UInt8]]>) {
    submit(0, then) { transaction throws(StoreFailure) in try transaction.chain(endingWith: id, owner: owner) }
  }

  /// JSON of the items with these ids, of any response's input or output or any conversation; nil for those not known.
  /// Of several with one id the newest counts.
  package func items(_ ids: [String], owner: Owner, then: @escaping Completion<[[UInt8]?]>) {
    submit(0, then) { transaction throws(StoreFailure) in
      var found: [[UInt8]?] = []
      for id in ids { found.append(try transaction.item(id, owner)) }
      return found
    }
  }
}
