import Policy

/// Conversations. Unless something else is said, a failure is `notFound` or one of the store itself.
extension StateStore {
  /// Keeps a new conversation with its first items. Fails with `tooManyItems`.
  package func createConversation(
    _ conversation: StoredConversation, items: [StoredItem], owner: Owner, then: @escaping Completion<Void>
  ) {
    submit(conversation.metadata.count + items.bytes, then) { transaction throws(StoreFailure) in
      try transaction.create(conversation, items: items, owner: owner)
    }
  }

  /// A conversation.
  package func conversation(_ id: String, owner: Owner, then: @escaping Completion<StoredConversation>) {
    submit(0, then) { transaction throws(StoreFailure) in try transaction.conversation(id, owner).stored }
  }

  /// Replaces the metadata of a conversation, which is returned.
  package func updateConversation(
    _ id: String, metadata: [UInt8], owner: Owner, then: @escaping Completion<StoredConversation>
  ) {
    submit(metadata.count, then) { transaction throws(StoreFailure) in
      try transaction.update(conversation: id, metadata: metadata, owner: owner)
    }
  }

  /// Deletes a conversation and its items; the responses made in it stay.
  package func deleteConversation(_ id: String, owner: Owner, then: @escaping Completion<Void>) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.remove(conversation: try transaction.conversation(id, owner).key)
    }
  }

  /// Adds items at the end of a conversation. Fails with `tooManyItems`.
  package func addItems(
    _ items: [StoredItem], to conversation: String, owner: Owner, then: @escaping Completion<Void>
  ) {
    submit(items.bytes, then) { transaction throws(StoreFailure) in
      try transaction.add(items, toConversation: conversation, owner: owner)
    }
  }

  /// Some items of a conversation. Fails with `unknownItem` when the query names an item that is not there.
  package func conversationItems(
    of id: String, _ query: PageQuery, owner: Owner, then: @escaping Completion<ItemPage>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.page(.conversation(try transaction.conversation(id, owner).key), query)
    }
  }

  /// JSON of one item of a conversation.
  package func conversationItem(
    _ item: String, of id: String, owner: Owner, then: @escaping Completion<[UInt8]>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.item(item, in: try transaction.conversation(id, owner).key)
    }
  }

  /// Deletes one item of a conversation, which is returned as it is without it.
  package func deleteConversationItem(
    _ item: String, of id: String, owner: Owner, then: @escaping Completion<StoredConversation>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      let conversation = try transaction.conversation(id, owner)
      try transaction.remove(item: item, of: conversation.key)
      return conversation.stored
    }
  }

  /// Begins a turn: JSON of all items, oldest first, for the model to see. Until the turn ends, no other one can begin
  /// (`conversationLocked`). Fails with `chainTooLong`.
  ///
  /// It ends when the response `response` is kept with a final status, or by `endTurn`; at the latest with the process.
  package func beginTurn(
    in id: String, response: String, owner: Owner, then: @escaping Completion<[[UInt8]]>
  ) {
    submit(0, then) { transaction throws(StoreFailure) in
      try transaction.beginTurn(in: id, response: response, owner: owner)
    }
  }

  /// Ends the turn of a response that is not kept, adding `items` to the conversation: none if it failed. A turn that
  /// has ended already is no failure, and nothing is added then. Never `overloaded`.
  package func endTurn(
    in id: String, response: String, adding items: [StoredItem], owner: Owner, then: @escaping Completion<Void>
  ) {
    submit(items.bytes, isOwed: true, then) { transaction throws(StoreFailure) in
      try transaction.endTurn(in: id, response: response, adding: items, owner: owner)
    }
  }
}
