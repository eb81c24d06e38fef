import Policy
import Reactor
import Store

/// How a loop asks the store, which has a queue of its own.
extension GatewayLoop {
  /// Asks the store; `complete` is called on this loop once it has answered. Loops never wait for the disk.
  func askStore<Value: Sendable>(
    _ call: (StateStore, @escaping Completion<Value>) -> Void,
    _ complete: @escaping (Result<Value, StoreFailure>) -> Void
  ) {
    nextTicket += 1
    let ticket = nextTicket
    storeCalls[ticket] = { reply in
      if let result = reply as? Result<Value, StoreFailure> { complete(result) }
    }
    call(process.store) { [process, index = loop.index] result in
      process.post(.stored(result, ticket: ticket), to: index)
    }
  }

  /// The store has answered.
  func received(stored reply: any Sendable, ticket: UInt64) {
    storeCalls.removeValue(forKey: ticket)?(reply)
  }
}

extension Failure {
  /// What a client is told when the store does not do what its call needs.
  ///
  /// - Parameters:
  ///   - missing: the error for what is not there.
  ///   - param: the parameter that named it.
  init(_ failure: StoreFailure, missing: ErrorCode, param: String?) {
    switch failure {
    case .notFound: self.init(missing, param: param)
    case .unknownItem(let id):
      self.init(.itemNotFound, message: "There is no item '\(id.prefix(200))' in this list.", param: "after")
    case .notContinuable(let status):
      self.init(
        .invalidValue, message: "A response whose status is '\(status.rawValue)' cannot be continued.", param: param)
    case .brokenChain:
      self.init(
        .previousResponseNotFound, message: "An earlier response of the conversation is not stored here.", param: param)
    case .chainTooLong:
      self.init(.invalidValue, message: "The conversation so far is too long to be sent on.", param: param)
    case .tooManyItems: self.init(.invalidValue, message: "At most 20 items can be added at once.", param: "items")
    case .tooLarge: self.init(.invalidValue, message: "The request is too large to be kept.", param: param)
    case .conversationLocked: self.init(.conversationLocked, param: param, retryAfter: .seconds(1))
    case .overloaded, .closed, .diskFull, .damaged, .unavailable, .inUse, .newerSchema, .foreignFile:
      self.init(.stateUnavailable, retryAfter: .seconds(1))
    }
  }
}
