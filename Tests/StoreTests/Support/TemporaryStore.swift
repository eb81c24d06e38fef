import Glibc
import Policy
import Store
import Synchronization
import TestSupport
import Testing

/// A folder for one test, with a store's file in it; gone with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/sluice-store-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for file in ["state.db", "state.db-wal", "state.db-shm", "state.db-journal"] { unlink("\(path)/\(file)") }
    rmdir(path)
  }

  var file: String { "\(path)/state.db" }

  /// Bytes of the store's file.
  var fileBytes: Int {
    var status = stat()
    return stat(file, &status) == 0 ? Int(status.st_size) : -1
  }
}

/// Seconds since 1970 that only a test moves on.
final class TestClock: Sendable {
  private let seconds = Mutex(1_800_000_000)

  var now: Int { seconds.withLock { $0 } }

  func advance(_ by: Int) { seconds.withLock { $0 += by } }
}

/// Makes a call and waits for its outcome.
func ask<Value: Sendable>(_ call: (@escaping Completion<Value>) -> Void) throws -> Value {
  let outcomes = Journal<Result<Value, StoreFailure>>()
  call { outcomes.append($0) }
  return try #require(outcomes.wait { !$0.isEmpty }.first).get()
}

/// Makes a call that must fail, and waits for how.
func failure<Value: Sendable>(of call: (@escaping Completion<Value>) -> Void) throws -> StoreFailure? {
  let outcomes = Journal<Result<Value, StoreFailure>>()
  call { outcomes.append($0) }
  guard case .failure(let failure) = try #require(outcomes.wait { !$0.isEmpty }.first) else { return nil }
  return failure
}

extension Owner {
  static let ann = Owner(id: 11, name: "ann", isAdmin: false)
  static let bob = Owner(id: 13, name: "bob", isAdmin: false)
  static let admin = Owner(id: 17, name: "admin", isAdmin: true)
}

extension StoreOptions {
  /// A store in memory that is only swept when asked to.
  static func memory(_ clock: TestClock = TestClock(), bytesMax: Int? = nil) -> StoreOptions {
    StoreOptions(path: ":memory:", bytesMax: bytesMax, sweepEvery: .zero, clock: { clock.now })
  }

  /// The same in a file.
  static func file(_ folder: TemporaryFolder, _ clock: TestClock = TestClock()) -> StoreOptions {
    StoreOptions(path: folder.file, sweepEvery: .zero, clock: { clock.now })
  }
}

extension StoredResponse {
  /// A response with one message as its output, that lives for a day.
  static func sample(
    _ id: String, _ status: ResponseStatus = .completed, previous: String? = nil, conversation: String? = nil,
    isBackground: Bool = false, created: Int = 1_800_000_000, output: String? = nil
  ) -> StoredResponse {
    StoredResponse(
      id: id, created: created, expires: created + 86_400, status: status, model: "m", upstream: "u",
      previousID: previous, conversationID: conversation, isBackground: isBackground, isStream: isBackground,
      object: Self.object(id, status, output ?? #"{"id":"msg_\#(id)","type":"message"}"#))
  }

  static func object(_ id: String, _ status: ResponseStatus, _ output: String) -> [UInt8] {
    Array(#"{"id":"\#(id)","status":"\#(status.rawValue)","error":null,"output":[\#(output)]}"#.utf8)
  }
}

extension StoredItem {
  static func sample(_ id: String) -> StoredItem { StoredItem(id: id, json: Array(#"{"id":"\#(id)"}"#.utf8)) }
}

extension StateStore {
  /// Keeps a response and waits for it.
  func keep(
    _ response: StoredResponse, input: [StoredItem] = [], events: EventPiece? = nil, owner: Owner = .ann
  ) throws {
    try ask { insert(response, input: input, events: events, owner: owner, then: $0) }
  }

  /// The ids of the items that a response with `previous_response_id` goes on from.
  func chainIDs(_ id: String, owner: Owner = .ann) throws -> [String] {
    try ask { chain(endingWith: id, owner: owner, then: $0) }.map(itemID)
  }

  /// The ids of the items of a conversation, oldest first.
  func conversationIDs(_ id: String, owner: Owner = .ann) throws -> [String] {
    let query = PageQuery(limit: 100, isAscending: true)
    return try ask { conversationItems(of: id, query, owner: owner, then: $0) }.items.map(\.id)
  }
}

/// The id in the JSON of a sample item.
func itemID(_ json: [UInt8]) -> String {
  let text = String(decoding: json, as: UTF8.self)
  return String(text.split(separator: "\"").dropFirst(3).first ?? "")
}
