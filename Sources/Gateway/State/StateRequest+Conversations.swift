import Config
import Dialects
import HTTPServer
import Policy
import Reactor
import Store
import Wire

/// Conversations. They are kept here where the default upstream has none of its own.
extension StateRequest {
  func answerConversation(_ call: StateCall) throws(Failure) {
    switch call {
    case .createConversation: try create()
    case .conversation(let id):
      askConversation {
        $0.conversation(id, owner: owner, then: $1)
      } _: {
        send($0)
      }
    case .changeConversation(let id):
      let metadata = try Metadata.read(body()).encoded
      askConversation {
        $0.updateConversation(id, metadata: metadata, owner: owner, then: $1)
      } _: {
        send($0)
      }
    case .deleteConversation(let id):
      askConversation {
        $0.deleteConversation(id, owner: owner, then: $1)
      } _: {
        send(StateBody.deleted(id, object: "conversation.deleted"))
      }
    case .conversationItems(let id):
      let page = try Query(connection.head).page()
      askConversation {
        $0.conversationItems(of: id, page, owner: owner, then: $1)
      } _: {
        send($0)
      }
    case .addItems(let id): try add(to: id)
    case .conversationItem(let id, let item):
      askConversation(.itemNotFound) {
        $0.conversationItem(item, of: id, owner: owner, then: $1)
      } _: {
        send($0)
      }
    case .deleteItem(let id, let item):
      askConversation(.itemNotFound) {
        $0.deleteConversationItem(item, of: id, owner: owner, then: $1)
      } _: {
        send($0)
      }
    case .otherOfConversation(let id):
      askConversation {
        $0.conversation(id, owner: owner, then: $1)
      } _: { _ in
        fail(Failure(.unknownURL, message: "There is no such call about a conversation that is kept here."))
      }
    case .response, .deleteResponse, .cancelResponse, .inputItems, .otherOfResponse, .likeResponse, .allResponses:
      preconditionFailure("calls about responses are answered elsewhere")
    }
  }

  private func create() throws(Failure) {
    // That an upstream has responses does not mean that it has these, unless somebody has said so.
    if let index = upstreamOfUnknown, !(snapshot.accesses[index]?.apis.isLearning ?? true) {
      return relay(toUpstream: index)
    }
    let body = try body()
    let items = try items(of: body)
    let now = Int(Syscalls.wallClock().seconds)
    let conversation = StoredConversation(
      id: gateway.makeStateID("conv_"), created: now, expires: now + snapshot.retentionSeconds,
      metadata: try Metadata.read(body).encoded)
    ask {
      $0.createConversation(conversation, items: items, owner: owner, then: $1)
    } _: {
      send(conversation)
    }
  }

  private func add(to id: String) throws(Failure) {
    let items = try items(of: body())
    guard !items.isEmpty else { throw Failure(.missingRequiredParameter, param: "items") }
    askConversation {
      $0.addItems(items, to: id, owner: owner, then: $1)
    } _: {
      send(StateBody.list(items.map { ($0.id, $0.json) }, hasMore: false))
    }
  }

  private func body() throws(Failure) -> JSONTree {
    let reader = RequestReader(
      snapshot: snapshot, routes: gateway.routes, endpoint: .relay, upstreamPath: upstreamPath, head: connection.head)
    let bytes = try reader.decodedBody(connection.body)
    guard !bytes.isEmpty else { return .object([]) }
    guard let tree = try? JSONTree.parse(bytes.span), tree.objectValue != nil else { throw Failure(.invalidJSON) }
    return tree
  }

  private func items(of body: JSONTree) throws(Failure) -> [StoredItem] {
    guard let items = body["items"], items != .null else { return [] }
    do throws(Failure) {
      return try InputItems.read(items, ids: AnswerIDs(tail: gateway.makeStateID(""))).map(StoredItem.init)
    } catch {
      throw Failure(
        error.code, message: error.message.replacing("'input", with: "'items"),
        param: error.param?.replacing("input", with: "items", maxReplacements: 1))
    }
  }

  private func send(_ conversation: StoredConversation) {
    send(
      StateBody.conversation(conversation.id, created: conversation.created, metadata: conversation.metadata))
  }

  /// Asks the store about a conversation; one that is not known here may be the default upstream's.
  private func askConversation<Value: Sendable>(
    _ missing: ErrorCode = .conversationNotFound, _ call: (StateStore, @escaping Completion<Value>) -> Void,
    _ complete: @escaping (Value) -> Void
  ) {
    gateway.askStore(call) { result in
      switch result {
      case .success(let value): complete(value)
      case .failure(.notFound): relayUnknown(Failure(missing, param: "id"))
      case .failure(let failure): fail(Failure(failure, missing: missing, param: "id"))
      }
    }
  }
}
