import Config
import Dialects
import Policy
import Upstream
import Wire

/// Reads a whole request into what is to be relayed and where to, or into the reason why not.
///
/// Not copied: what it holds on to is held on to already.
struct RequestReader: ~Copyable {
  let snapshot: Snapshot
  let routes: RouteCache
  let endpoint: Endpoint
  let upstreamPath: String
  let head: RequestHead

  /// Reads the request.
  ///
  /// - Parameter body: as received, content coding not yet removed.
  func read(_ body: [UInt8]) throws(Failure) -> (RelayRequest, Route) {
    let decoded = try decodedBody(body)
    let isJSONEndpoint = endpoint != .relay
    if isJSONEndpoint, head.framing == .none { throw Failure(.lengthRequired) }
    if isJSONEndpoint { return try readJSON(decoded, isRequired: true) }
    let type = head.value(.contentType)?.lowercased() ?? ""
    if type.hasPrefix("application/json"), !decoded.isEmpty {
      return try readJSON(decoded, isRequired: false)
    }
    if type.hasPrefix("multipart/form-data") { return try readMultipart(decoded) }
    return (relayRequest(hasBody ? decoded : nil), try routes.route(model: nil, isStream: false))
  }

  var hasBody: Bool {
    head.framing != .none || head.method == .post || head.method == .put || head.method == .patch
  }

  // MARK: - Bodies

  /// The body without its content coding.
  func decodedBody(_ body: [UInt8]) throws(Failure) -> [UInt8] {
    guard head.first(.contentEncoding) != nil, let coding = head.value(.contentEncoding)?.lowercased(),
      coding != "identity", !coding.isEmpty
    else {
      return body
    }
    guard coding == "gzip" || coding == "x-gzip" else {
      throw Failure(
        .unsupportedContentEncoding,
        message: "The content encoding '\(coding.prefix(40))' is not supported; send gzip or none.")
    }
    let limits = GzipLimits(
      outputBytesMax: snapshot.configuration.limits.bodyBytesMax, ratioMax: Limits.inflateRatioMax)
    do throws(GzipFailure) {
      return try Gzip.decompress(body, limits: limits)
    } catch {
      switch error {
      case .tooLarge: throw Failure(.requestTooLarge)
      case .corrupt, .truncated: throw Failure(.malformedRequest, message: "The request body is not valid gzip.")
      case .outOfMemory: throw Failure(.overloaded)
      }
    }
  }

  private func readJSON(_ body: [UInt8], isRequired: Bool) throws(Failure) -> (RelayRequest, Route) {
    let peek: RequestPeek
    do throws(RequestPeekFailure) {
      peek = try RequestPeek.read(body.span, requiresModel: isRequired && !modelIsOptional)
    } catch {
      // On a route that only passes through, the body is the upstream's business.
      guard isRequired else {
        return (relayRequest(body), try routes.route(model: nil, isStream: false))
      }
      throw Failure(RequestReader.code(of: error), message: error.message, param: error.param)
    }
    guard isRequired, peek.fallbacks != nil else { return try readJSON(body, peek, named: nil) }
    // The list is a word to the gateway alone. Without it everything behind it stands elsewhere.
    let stripped = JSONSplice.removingMember("fallbacks", fromObject: peek.root, in: body)
    guard let again = try? RequestPeek.read(stripped.span, requiresModel: false) else { throw Failure(.invalidJSON) }
    return try readJSON(stripped, again, named: peek.fallbacks)
  }

  private func readJSON(
    _ body: [UInt8], _ peek: RequestPeek, named: [String]?
  ) throws(Failure) -> (RelayRequest, Route) {
    let forcesStream = endpoint == .chat(forcesStream: true)
    let wantsStream = forcesStream || (peek.stream ?? false)
    var fallbacks = try RequestedFallbacks.read(head)
    if fallbacks == nil, let named { fallbacks = try RequestedFallbacks(named, param: "fallbacks") }
    let route = try routes.route(model: peek.model, fallbacks: fallbacks, isStream: wantsStream)
    let request = relayRequest(body)
    request.body.peek = .json(peek)
    request.body.forcesStream = forcesStream
    request.model = peek.model
    request.wantsStream = wantsStream
    // More choices than OpenAI allows are the upstream's to refuse; the gateway only counts up to what it can track.
    request.choices = max(1, min(peek.choices ?? 1, 128))
    request.includesUsage = peek.includeUsage
    if !wantsStream, try StreamChoice.aggregates(head, endpoint, route), StreamChoice.canStream(peek, body) {
      request.aggregates = true
      request.body.forcesStream = true
      request.body.asksForUsage = endpoint != .responses
      request.includesUsage = true
    }
    if snapshot.hasDemo, route.plan.stops.contains(where: { snapshot.accesses[$0.target.upstream] == nil }) {
      request.demoPrompt = PromptPeek.lastUserText(of: peek.root, in: body.span)
    }
    return (request, route)
  }

  /// A stored prompt may bring the model (`prompt.id` on responses); the upstream knows.
  private var modelIsOptional: Bool { endpoint == .responses && snapshot.configuration.defaultUpstream != nil }

  private func readMultipart(_ body: [UInt8]) throws(Failure) -> (RelayRequest, Route) {
    guard let peek = try? MultipartPeek.read(body.span, contentType: head.value(.contentType) ?? ""),
      let model = peek.model
    else { return (relayRequest(body), try routes.route(model: nil, isStream: false)) }
    let fallbacks = try RequestedFallbacks.read(head)
    let route = try routes.route(model: model, fallbacks: fallbacks, isStream: peek.stream)
    let request = relayRequest(body)
    request.body.peek = .multipart(peek)
    request.model = model
    request.wantsStream = peek.stream
    return (request, route)
  }

  /// Room for what is added to the client's fields, where something is.
  private static let ownFieldsBytes = 256

  private static func code(of failure: RequestPeekFailure) -> ErrorCode {
    switch failure {
    case .notJSON, .notAnObject: .invalidJSON
    case .modelMissing: .missingRequiredParameter
    case .modelNotAString, .streamNotABoolean, .choicesNotAnInteger, .fallbacksNotNames: .invalidType
    case .modelEmpty, .modelTooLong, .tooManyDuplicates: .invalidValue
    }
  }

  // MARK: - Head

  func relayRequest(_ body: [UInt8]?) -> RelayRequest {
    var credentials = HeaderLines()
    if snapshot.passesCredentialsOn { HeaderRules.appendCredentials(head, to: &credentials) }
    return RelayRequest(
      endpoint: endpoint, method: head.method.spelling ?? head.string(head.methodRange), path: EndpointMap.path(head),
      upstreamTarget: upstreamTarget, headers: forwardedHeaders(hasBody: body != nil), credentials: credentials,
      body: RequestBody(bytes: body), clientRetries: head.value(.xStainlessRetryCount).flatMap { Int($0) } ?? 0)
  }

  private var upstreamTarget: String {
    guard let query = head.queryRange else { return upstreamPath }
    return upstreamPath + "?" + head.string(query)
  }

  private func forwardedHeaders(hasBody: Bool) -> HeaderLines {
    var lines = HeaderLines(reserving: head.bytes.count + RequestReader.ownFieldsBytes)
    var hasType = false
    HeaderRules.appendForwarded(head, to: &lines) { field in
      hasType = endpoint == .relay || isJSONType(field)
      return hasType
    }
    if hasBody, !hasType {
      // curl's `-d` calls every body a form; one that has been read as JSON is JSON.
      if endpoint != .relay { lines.append("Content-Type", "application/json") }
    }
    return lines
  }

  private func isJSONType(_ field: HeaderField) -> Bool {
    // The usual spelling first: everybody sends it.
    if HeaderRules.equals(head.bytes[field.value], "application/json") { return true }
    return head.string(field.value).lowercased().contains("json")
  }
}
