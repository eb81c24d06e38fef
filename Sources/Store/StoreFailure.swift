/// Why the store did not do what it was asked to.
package enum StoreFailure: Error, Equatable, Sendable {
  // MARK: What was asked for

  /// There is nothing of that id, or it is deleted, expired or another owner's: which of these is nobody's business.
  case notFound
  /// The item that a page was to start behind (`after`) or end before (`before`) is not in the list.
  case unknownItem(String)
  /// The response to go on from is not one to go on from: it runs still, failed or was cancelled.
  case notContinuable(ResponseStatus)
  /// An earlier response of the chain is not here, so that what the model has to see is not known: it was made
  /// elsewhere, or was deleted while the response that followed it was still being made.
  case brokenChain
  /// More responses in a row than `Limits.chainResponsesMax`, or more bytes of items than `Limits.chainBytesMax`.
  case chainTooLong
  /// More items in one call than `Limits.itemsPerCallMax`.
  case tooManyItems
  /// A response that takes more than half of `StoreOptions.bytesMax` with its input: it would drive out all others.
  case tooLarge
  /// Another response is being made in this conversation.
  case conversationLocked

  // MARK: The store itself

  /// Too much waits for the disk (`StoreOptions.commandsMax`, `pendingBytesMax`); nothing was done.
  case overloaded
  /// The store is closed.
  case closed
  /// The disk or the quota is full; nothing of the call was kept.
  case diskFull
  /// The file is damaged; SQLite's words.
  case damaged(String)
  /// Reading or writing failed in another way; SQLite's words.
  case unavailable(String)

  // MARK: Opening

  /// Another process has the file open.
  case inUse(path: String)
  /// The file was written by a newer version of the program.
  case newerSchema(found: Int, known: Int)
  /// The file is a database of something else.
  case foreignFile(path: String)
}

extension StoreFailure: CustomStringConvertible {
  /// A sentence for logs and for the one who starts the program.
  package var description: String {
    switch self {
    case .notFound: "not found"
    case .unknownItem(let id): "there is no item '\(id)' in this list"
    case .notContinuable(let status): "a response that is \(status.rawValue) cannot be continued"
    case .brokenChain: "an earlier response of the chain is not stored here"
    case .chainTooLong: "the chain of previous responses is too long"
    case .tooManyItems: "too many items in one call"
    case .tooLarge: "the response is too large for what may be kept"
    case .conversationLocked: "another response is being made in this conversation"
    case .overloaded: "too many calls wait for the disk"
    case .closed: "the store is closed"
    case .diskFull: "the disk is full"
    case .damaged(let words): "the file is damaged: \(words)"
    case .unavailable(let words): words
    case .inUse(let path): "'\(path)' is in use by another process"
    case .newerSchema(let found, let known):
      "the file was written by a newer version (its schema is \(found), this program knows up to \(known))"
    case .foreignFile(let path): "'\(path)' is no file, or the database of another program"
    }
  }
}
