import Config
import Dialects
import HTTPServer
import Policy
import Store
import Wire

/// A client's call about what is stored, while it is being answered.
struct StateRequest {
  let gateway: GatewayLoop
  let connection: ServerConnection
  let context: RequestContext
  let owner: Owner
  /// The path below an upstream's base URL.
  let upstreamPath: String
  let snapshot: Snapshot

  func answer(_ call: StateCall) {
    do throws(Failure) {
      switch call {
      case .response(let id): try retrieve(id)
      case .deleteResponse(let id): delete(id)
      case .cancelResponse(let id): cancel(id)
      case .inputItems(let id): try listInput(of: id)
      case .otherOfResponse(let id):
        find(id) { _ in fail(Failure(.unknownURL, message: "There is no such call about a response that is kept here."))
        }
      case .likeResponse: gateway.relay(connection, context, owner, .relay, upstreamPath, hasPast: true)
      case .allResponses: relayForAdmins()
      case .createConversation, .conversation, .changeConversation, .deleteConversation, .conversationItems, .addItems,
        .conversationItem, .deleteItem, .otherOfConversation:
        try answerConversation(call)
      }
    } catch {
      fail(error)
    }
  }

  func send(_ body: [UInt8]) { gateway.send(connection, context, body) }

  func fail(_ failure: Failure) { gateway.fail(connection, failure, context) }

  // MARK: - Responses

  /// The API has no such call; a server that has one tells about everybody's responses.
  private func relayForAdmins() {
    guard !owner.isAdmin else { return gateway.relay(connection, context, owner, .relay, upstreamPath) }
    var context = context
    context.allow = "POST"
    gateway.fail(connection, Failure(.methodNotAllowed, message: "This URL answers to POST only."), context)
  }

  private func retrieve(_ id: String) throws(Failure) {
    let query = Query(connection.head)
    let isStream = try query.bool("stream") ?? false
    let after = try query.integer("starting_after", in: -1...Int(Int32.max))
    find(id) { stored in
      guard isStream else { return send(stored.object) }
      guard stored.isBackground else {
        return fail(
          Failure(
            .invalidValue, message: "Only a response that was made in the background can be streamed again.",
            param: "stream"))
      }
      ResponseFollower(gateway, connection, context, id, owner: owner, after: after ?? -1).start(context.id)
    }
  }

  private func delete(_ id: String) {
    find(
      id,
      whereNative: { stored in
        gateway.askStore {
          $0.deleteResponse(id, owner: owner, then: $1)
        } _: { _ in
          relay(to: stored.upstream)
        }
      }
    ) { _ in
      // Nobody will ask for what it is still making.
      stop(id) { _ in
        ask {
          $0.deleteResponse(id, owner: owner, then: $1)
        } _: {
          send(StateBody.deleted(id, object: "response"))
        }
      }
    }
  }

  private func listInput(of id: String) throws(Failure) {
    let page = try Query(connection.head).page()
    find(id) { _ in
      ask {
        $0.inputItems(of: id, page, owner: owner, then: $1)
      } _: {
        send($0)
      }
    }
  }

  /// Stops a response that is being made, as a stop by its id does, and tells how it stands now.
  private func cancel(_ id: String) {
    stop(id) { sum in
      if let object = sum.stoppedAnswers.first { return send(object) }
      find(id) { stored in
        guard stored.isBackground else {
          return fail(
            Failure(.invalidValue, message: "Only a background response can be cancelled after its end.", param: "id"))
        }
        send(stored.object)
      }
    }
  }

  private func stop(_ id: String, _ complete: @escaping (Answer) -> Void) {
    gateway.ask(.stop(id: id, owner: owner), connection, context, complete)
  }

  // MARK: - Where it is

  /// Looks a response up: `found` gets one that is kept here, `whereNative` one that its upstream keeps.
  private func find(
    _ id: String, whereNative: ((StoredResponse) -> Void)? = nil, _ found: @escaping (StoredResponse) -> Void
  ) {
    gateway.askStore {
      $0.response(id, owner: owner, then: $1)
    } _: { result in
      switch result {
      case .success(let stored) where stored.isNative:
        if let whereNative { whereNative(stored) } else { relay(to: stored.upstream) }
      case .success(let stored): found(stored)
      case .failure(.notFound):
        let failure = Failure(.responseNotFound, param: "id")
        if OwnID.isOwn(id) { fail(failure) } else { relayUnknown(failure) }
      case .failure(let failure): fail(Failure(failure, missing: .responseNotFound, param: "id"))
      }
    }
  }

  /// Asks the default upstream about something that is not known here, if it may know and nobody else's can be meant.
  func relayUnknown(_ failure: Failure) {
    guard let index = upstreamOfUnknown else { return fail(failure) }
    relay(toUpstream: index)
  }

  /// The upstream that may keep what is not known here: none where there are several owners, for what is not known to
  /// be one's own may be another's.
  var upstreamOfUnknown: Int? {
    guard snapshot.keys.isEmpty, let index = snapshot.configuration.defaultUpstream,
      snapshot.accesses[index]?.apis.spoken(for: .responses) == .responses
    else { return nil }
    return index
  }

  private func relay(to name: String) {
    guard let index = snapshot.upstreamNames.firstIndex(of: name) else {
      return fail(
        Failure(.responseNotFound, message: "The upstream that keeps this response is configured no more.", param: "id")
      )
    }
    relay(toUpstream: index)
  }

  func relay(toUpstream index: Int) {
    let reader = RequestReader(
      snapshot: snapshot, routes: gateway.routes, endpoint: .relay, upstreamPath: upstreamPath, head: connection.head)
    do throws(Failure) {
      let body = try reader.decodedBody(connection.takeBody())
      let exchange = Exchange(
        gateway: gateway, snapshot: snapshot, connection: connection, id: context.id, owner: owner,
        request: reader.relayRequest(reader.hasBody ? body : nil), route: snapshot.routes.route(toUpstream: index))
      gateway.begin(exchange, on: connection)
    } catch {
      fail(error)
    }
  }

  // MARK: - The store

  /// Asks the store; a failure is told to the client.
  func ask<Value: Sendable>(
    missing: ErrorCode = .responseNotFound, param: String = "id",
    _ call: (StateStore, @escaping Completion<Value>) -> Void, _ complete: @escaping (Value) -> Void
  ) {
    gateway.askStore(call) { result in
      switch result {
      case .success(let value): complete(value)
      case .failure(let failure): fail(Failure(failure, missing: missing, param: param))
      }
    }
  }

  func send(_ page: ItemPage) {
    send(StateBody.list(page.items.map { ($0.id, $0.json) }, hasMore: page.hasMore))
  }
}
