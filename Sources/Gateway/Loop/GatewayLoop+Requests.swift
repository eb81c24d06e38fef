import Dialects
import HTTPServer
import Policy
import Reactor
import Telemetry
import Time
import Wire

/// From a client's request to whoever answers it.
extension GatewayLoop: ServerDelegate {
  func headReceived(_ connection: ServerConnection) -> Bool {
    let head = connection.head
    guard mayBeLong(head), case .refused(let failure, let context) = admit(head) else { return true }
    if head.framing == .chunked, !head.expectsContinue {
      connection.bodyBytesWanted = GatewayLoop.smallBodyBytes
      return true
    }
    fail(connection, failure, context)
    return false
  }

  /// Whether a refusal should not wait for the end of the body. Refusing before the body costs the connection; a small
  /// one has mostly arrived with the head anyway.
  private func mayBeLong(_ head: RequestHead) -> Bool {
    switch head.framing {
    case .none: false
    case .length(let length): length > GatewayLoop.smallBodyBytes || head.expectsContinue
    case .chunked: true
    }
  }

  /// A body up to this size is read before a request is refused.
  private static let smallBodyBytes = 64 << 10

  func requestReceived(_ connection: ServerConnection) {
    switch admit(connection.head) {
    case .refused(let failure, let context): fail(connection, failure, context)
    case .preflight(let context):
      endedLocally(connection, context, status: 204)
      LocalAnswer.options(connection, id: context.id, snapshot: snapshot)
    case .admitted(let context, let owner, let endpoint, let upstreamPath):
      if endpoint.isRelayed {
        relay(connection, context, owner, endpoint, upstreamPath, hasPast: endpoint == .responses)
      } else {
        answerLocally(connection, context, owner, endpoint, upstreamPath)
      }
    }
  }

  func requestFailed(_ connection: ServerConnection, _ failure: ServerFailure) {
    var context = RequestContext(id: makeID(connection.head), kind: .admin, start: connection.requestStart)
    switch failure {
    case .malformed(let why):
      if why.status == 405 { context.allow = EndpointMap.allMethods }
      fail(connection, GatewayLoop.failure(of: why), context)
    case .bodyUnwanted:
      // Only a reload in between can have changed the answer.
      guard case .refused(let failure, let context) = admit(connection.head) else {
        return fail(connection, Failure(.requestTooLarge), context)
      }
      fail(connection, failure, context)
    case .incomplete:
      fail(
        connection, Failure(.malformedRequest, message: "The connection was closed in the middle of the request."),
        context)
    case .timedOut: fail(connection, Failure(.requestTimeout), context)
    case .overloaded: fail(connection, Failure(.overloaded, retryAfter: .seconds(1)), context)
    case .needsTLS:
      let message = "This address speaks HTTPS only: use https:// in place of http://."
      fail(connection, Failure(.malformedRequest, message: message), context)
    case .crowded:
      let message = "There are too many connections from this address."
      fail(connection, Failure(.overloaded, message: message, retryAfter: .seconds(1)), context)
    }
  }

  func clientLeft(_ connection: ServerConnection) {
    tasks[connection.owner]?.clientLeft()
  }

  func outputDrained(_ connection: ServerConnection) {
    tasks[connection.owner]?.outputDrained()
  }

  // MARK: - Admission

  /// Whether a request is let in, and as what.
  private enum Admission {
    case admitted(RequestContext, Owner, Endpoint, upstreamPath: String)
    case preflight(RequestContext)
    case refused(Failure, RequestContext)
  }

  private func admit(_ head: RequestHead) -> Admission {
    var context = RequestContext(id: makeID(head), kind: .admin, start: loop.now)
    if let failure = snapshot.browser.check(head) { return .refused(failure, context) }
    if head.method == .options { return .preflight(context) }
    // RFC 9110 section 9.1. What it would do at an upstream nobody here can tell.
    if head.method == .other {
      return .refused(Failure(.notImplemented, message: "This method is not implemented."), context)
    }
    if head.method == .trace {
      context.allow = snapshot.endpoints.methods(head)
      return .refused(Failure(.methodNotAllowed), context)
    }
    if asksForWebSocket(head) { return .refused(Failure(.upgradeNotSupported), context) }
    let endpoint: Endpoint
    let upstreamPath: String
    switch snapshot.endpoints.match(head) {
    case .found(let found, let path): (endpoint, upstreamPath) = (found, path)
    case .wrongMethod(let allow):
      context.allow = "\(allow), OPTIONS"
      return .refused(Failure(.methodNotAllowed, message: "This URL answers to \(allow) only."), context)
    case .unknown(let hint): return .refused(GatewayLoop.unknownURL(head, hint), context)
    case .ambiguous: return .refused(GatewayLoop.ambiguousPath, context)
    }
    context.kind = endpoint.kind
    if endpoint.isProbe { return .admitted(context, .anonymous, endpoint, upstreamPath: upstreamPath) }
    guard let owner = authenticate(head) else { return .refused(GatewayLoop.badKey(head), context) }
    context.owner = owner
    // Who asks about requests or stops them is helping the drain along.
    if isDraining, endpoint.isRelayed {
      return .refused(Failure(.shuttingDown, retryAfter: .seconds(1)), context)
    }
    return .admitted(context, owner, endpoint, upstreamPath: upstreamPath)
  }

  /// Without the connection option, and in HTTP/1.0, `Upgrade` means nothing (RFC 9110 section 7.8).
  private func asksForWebSocket(_ head: RequestHead) -> Bool {
    head.versionMinor == 1 && head.contains(token: "websocket", in: .upgrade)
      && head.contains(token: "upgrade", in: .connection)
  }

  /// In lower case, as it is compared.
  private static let bearer = Array("bearer ".utf8)

  private func authenticate(_ head: RequestHead) -> Owner? {
    guard !snapshot.keys.isEmpty else { return .anonymous }
    let bytes = head.bytes
    if let range = head.first(.authorization) {
      let scheme = GatewayLoop.bearer
      guard range.count >= scheme.count, zip(bytes[range], scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
      return snapshot.keys.owner(presenting: bytes.span.extracting(range.dropFirst(scheme.count)))
    }
    guard let range = head.first(.xAPIKey) ?? head.first(.apiKey) else { return nil }
    return snapshot.keys.owner(presenting: bytes.span.extracting(range))
  }

  private static func badKey(_ head: RequestHead) -> Failure {
    let isGiven = head.first(.authorization) != nil || head.first(.xAPIKey) != nil || head.first(.apiKey) != nil
    return Failure(
      .invalidAPIKey,
      message: isGiven
        ? "Incorrect API key provided." : "You didn't provide an API key; send it as 'Authorization: Bearer KEY'.")
  }

  private static let ambiguousPath = Failure(
    .malformedRequest,
    message: "The path has empty, dot or encoded-slash segments, or control characters: servers differ on them.")

  private static func unknownURL(_ head: RequestHead, _ hint: String?) -> Failure {
    let path = head.string(head.pathRange).prefix(200)
    let advice = hint.map { "; did you mean \($0)?" } ?? "."
    return Failure(.unknownURL, message: "Invalid URL (\(head.string(head.methodRange)) \(path))\(advice)")
  }

  private func makeID(_ head: RequestHead) -> RequestID {
    let bytes = head.bytes
    if let range = head.first(.xRequestID), let id = RequestID(accepting: bytes.span.extracting(range)) { return id }
    return makeID()
  }

  /// An id of the gateway's own making.
  func makeID() -> RequestID {
    let (seconds, milliseconds) = Syscalls.wallClock()
    return RequestID.generate(unixMilliseconds: UInt64(seconds) * 1000 + UInt64(milliseconds), using: &random)
  }

  private static func failure(of why: RequestFailure) -> Failure {
    let code: ErrorCode =
      switch why.status {
      case 405: .methodNotAllowed
      case 413: .requestTooLarge
      case 414: .uriTooLong
      case 417: .expectationFailed
      case 431: .headerFieldsTooLarge
      case 501: .notImplemented
      case 505: .httpVersionNotSupported
      default: .malformedRequest
      }
    return Failure(code, message: "The request cannot be read: \(why.detail).")
  }

  // MARK: - Answers

  /// - Parameter hasPast: whether the request may go on from what is stored.
  func relay(
    _ connection: ServerConnection, _ context: RequestContext, _ owner: Owner, _ endpoint: Endpoint,
    _ upstreamPath: String, hasPast: Bool = false
  ) {
    let reader = RequestReader(
      snapshot: snapshot, routes: routes, endpoint: endpoint, upstreamPath: upstreamPath, head: connection.head)
    do throws(Failure) {
      let (request, route) = try reader.read(connection.takeBody())
      guard connection.keepsBody(of: request.body.bytes?.count ?? 0) else {
        throw Failure(.overloaded, retryAfter: .seconds(1))
      }
      let exchange = Exchange(
        gateway: self, snapshot: snapshot, connection: connection, id: context.id, owner: owner, request: request,
        route: route)
      if hasPast {
        exchange.turn = turn(of: request)
        // Whose past it may be that is not read cannot be told.
        if exchange.turn == nil, !snapshot.keys.isEmpty { throw Failure(.invalidJSON) }
      }
      begin(exchange, on: connection)
    } catch {
      fail(connection, error, context)
    }
  }

  private func turn(of request: RelayRequest) -> ResponseTurn? {
    guard let body = request.body.bytes, case .json(let peek) = request.body.peek else { return nil }
    let wishes = ResponsesStatePeek(ofObject: peek.root, in: body.span)
    return ResponseTurn(
      wishes, references: ItemReferences.read(wishes.input, in: body.span), ids: AnswerIDs(tail: makeStateID("")))
  }

  /// Refuses a request in OpenAI's shape.
  func fail(_ connection: ServerConnection, _ failure: Failure, _ context: RequestContext) {
    endedLocally(connection, context, status: failure.status, failure: failure)
    LocalAnswer.fail(connection, failure, id: context.id, snapshot: snapshot) { out in
      if let allow = context.allow { ResponseHeadWriter.appendField("Allow", allow, to: &out) }
    }
  }

  /// Counts and logs a request that no upstream was asked about. Comes before its answer, which lets go of the head.
  func endedLocally(
    _ connection: ServerConnection, _ context: RequestContext, status: Int, failure: Failure? = nil,
    reason given: EndReason? = nil
  ) {
    let reason: EndReason =
      switch failure?.code.fault {
      case .client: .rejected
      case .gateway: .gatewayFailed
      case .upstream: .upstreamFailed
      case nil: given ?? .completed
      }
    let duration = loop.now - context.start
    metrics.requestEnded(context.kind, outcome: reason.index, after: duration)
    log(connection, context, status: status, reason: reason, failure: failure, duration: duration)
  }
}

/// What is known of a request from the start.
struct RequestContext {
  let id: RequestID
  var kind: EndpointKind
  /// Once the key is known.
  var owner = Owner.anonymous
  let start: Instant
  /// The methods that a URL answers to, where another was tried.
  var allow: String?
}
