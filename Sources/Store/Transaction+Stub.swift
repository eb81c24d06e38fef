import Policy
struct Sweep { var removed = 0, responses = 0, conversations = 0, bytes = 0; var isDone = true }
enum ItemList { case response(Int), conversation(Int) }
extension StoreFailure { var isFault: Bool { false } }
final class Database {
  var bytesRead = 0
  var usedBytes: Int { 0 }
  init(opening options: StoreOptions) throws(StoreFailure) {}
  func run(_ sql: String) throws(StoreFailure) {}
  func rollBack() {}
}
extension Transaction {
  func failInterrupted() throws(StoreFailure) {}
  func survey() throws(StoreFailure) -> Sweep { Sweep() }
  func sweep(bytesMax: Int?) throws(StoreFailure) -> Sweep { Sweep() }
  func insert(_ response: StoredResponse, input: [StoredItem], events: EventPiece?, owner: Owner) throws(StoreFailure) {
    throw .closed
  }
  func update(_ id: String, status: ResponseStatus, object: [UInt8], events: EventPiece?, owner: Owner)
    throws(StoreFailure)
  { throw .closed }
  func append(_ events: EventPiece, to id: String, owner: Owner) throws(StoreFailure) { throw .closed }
  func response(_ id: String, _ owner: Owner) throws(StoreFailure) -> (key: Int, stored: StoredResponse) {
    throw .closed
  }
  func events(of id: String, after: Int, owner: Owner) throws(StoreFailure) -> EventPage { throw .closed }
  func remove(_ key: Int) throws(StoreFailure) { throw .closed }
  func page(_ list: ItemList, _ query: PageQuery) throws(StoreFailure) -> ItemPage { throw .closed }
  func chain(endingWith id: String, owner: Owner) throws(StoreFailure) -> ResponseChain { throw .closed }
  func item(_ id: String, _ owner: Owner) throws(StoreFailure) -> [UInt8]? { throw .closed }
  func create(_ conversation: StoredConversation, items: [StoredItem], owner: Owner) throws(StoreFailure) {
    throw .closed
  }
  func conversation(_ id: String, _ owner: Owner) throws(StoreFailure) -> (key: Int, stored: StoredConversation) {
    throw .closed
  }
  func update(conversation: String, metadata: [UInt8], owner: Owner) throws(StoreFailure) -> StoredConversation {
    throw .closed
  }
  func remove(conversation: Int) throws(StoreFailure) { throw .closed }
  func add(_ items: [StoredItem], to list: ItemList) throws(StoreFailure) { throw .closed }
  func item(_ item: String, in conversation: Int) throws(StoreFailure) -> [UInt8] { throw .closed }
  func remove(item: String, of conversation: Int) throws(StoreFailure) { throw .closed }
  func beginTurn(in id: String, response: String, owner: Owner) throws(StoreFailure) -> [[UInt8]] { throw .closed }
  func endTurn(in id: String, response: String, adding: [StoredItem], owner: Owner) throws(StoreFailure) {
    throw .closed
  }
}
