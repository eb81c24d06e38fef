import Config
import Dialects
import Policy
import Upstream
import Wire

/// Reads a whole request into what is to be relayed and where to, or into the reason why not.
struct RequestReader {
  let snapshot: Snapshot
  let endpoint: Endpoint
  let upstreamPath: String
  let head: RequestHead

  /// Reads the request.
  ///
  /// - Parameter body: as received, content coding not yet removed.
  func read(_ body: [UInt8]) throws(Failure) -> (RelayRequest, Target) {
    let decoded = try decode(body)
    let isJSONEndpoint = endpoint != .relay
    if isJSONEndpoint, head.framing == .none { throw Failure(.lengthRequired) }
    let type = head.value(.contentType)?.lowercased() ?? ""
    if isJSONEndpoint || (type.hasPrefix("application/json") && !decoded.isEmpty) {
      return try readJSON(decoded, isRequired: isJSONEndpoint)
    }
    if type.hasPrefix("multipart/form-data") { return try readMultipart(decoded) }
    return (relayRequest(hasBody ? decoded : nil), try target(model: nil))
  }

  private var hasBody: Bool {
    head.framing != .none || head.method == .post || head.method == .put || head.method == .patch
  }

  // MARK: - Bodies

  private func decode(_ body: [UInt8]) throws(Failure) -> [UInt8] {
    guard let coding = head.value(.contentEncoding)?.lowercased(), coding != "identity", !coding.isEmpty else {
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

  private func readJSON(_ body: [UInt8], isRequired: Bool) throws(Failure) -> (RelayRequest, Target) {
    let peek: RequestPeek
    do throws(RequestPeekFailure) {
      peek = try RequestPeek.read(body.span, requiresModel: isRequired && !modelIsOptional)
    } catch {
      // On a route that only passes through, the body is the upstream's business.
      guard isRequired else { return (relayRequest(body), try target(model: nil)) }
      throw Failure(RequestReader.code(of: error), message: error.message, param: error.param)
    }
    let target = try target(model: peek.model)
    let forcesStream = endpoint == .chat(forcesStream: true)
    let rename = target.model == peek.model ? nil : target.model
    var request = relayRequest(
      rename == nil && !forcesStream
        ? body : RequestRewrite.applying(model: rename, forcesStream: forcesStream, to: body, peek: peek))
    request.model = peek.model
    request.wantsStream = forcesStream || (peek.stream ?? false)
    // More choices than OpenAI allows are the upstream's to refuse; the gateway only counts up to what it can track.
    request.choices = max(1, min(peek.choices ?? 1, 128))
    request.includesUsage = peek.includeUsage
    if case .demo = snapshot.configuration.upstreams[target.upstream].kind {
      request.demoPrompt = PromptPeek.lastUserText(of: peek.root, in: body.span)
    }
    return (request, target)
  }

  /// A stored prompt may bring the model (`prompt.id` on responses); the upstream knows.
  private var modelIsOptional: Bool { endpoint == .responses && snapshot.configuration.defaultUpstream != nil }

  private func readMultipart(_ body: [UInt8]) throws(Failure) -> (RelayRequest, Target) {
    guard let peek = try? MultipartPeek.read(body.span, contentType: head.value(.contentType) ?? ""),
      let model = peek.model
    else { return (relayRequest(body), try target(model: nil)) }
    let target = try target(model: model)
    var request = relayRequest(body)
    if let name = target.model, name != model {
      request.body = RequestRewrite.applying(model: name, to: body, peek: peek)
    }
    request.model = model
    request.wantsStream = peek.stream
    return (request, target)
  }

  private static func code(of failure: RequestPeekFailure) -> ErrorCode {
    switch failure {
    case .notJSON, .notAnObject: .invalidJSON
    case .modelMissing: .missingRequiredParameter
    case .modelNotAString, .streamNotABoolean, .choicesNotAnInteger: .invalidType
    case .modelEmpty, .modelTooLong, .tooManyDuplicates: .invalidValue
    }
  }

  // MARK: - Target and head

  func target(model: String?) throws(Failure) -> Target {
    let configuration = snapshot.configuration
    guard let model else {
      guard let index = configuration.defaultUpstream else { throw Failure(.unknownURL) }
      let upstream = configuration.upstreams[index]
      return Target(upstream: index, model: nil, timeouts: upstream.timeouts, retry: upstream.retry)
    }
    guard let match = configuration.models.lookup(model) else {
      throw Failure(
        .modelNotFound,
        message: "The model '\(model.prefix(200))' does not exist here; GET /v1/models lists the ones that do.",
        param: "model")
    }
    let first = match.options.firstTarget
    return Target(upstream: first.upstream, model: first.model, timeouts: first.timeouts, retry: first.retry)
  }

  func relayRequest(_ body: [UInt8]?) -> RelayRequest {
    var credentials = HeaderLines()
    HeaderRules.appendCredentials(head, to: &credentials)
    return RelayRequest(
      endpoint: endpoint, method: head.string(head.methodRange), path: head.string(head.pathRange),
      upstreamTarget: upstreamTarget, headers: forwardedHeaders(hasBody: body != nil), credentials: credentials,
      body: body, model: nil, wantsStream: false, choices: 1, includesUsage: false, demoPrompt: nil,
      clientRetries: head.value(.xStainlessRetryCount).flatMap { Int($0) } ?? 0)
  }

  private var upstreamTarget: String {
    guard let query = head.queryRange else { return upstreamPath }
    return upstreamPath + "?" + head.string(query)
  }

  private func forwardedHeaders(hasBody: Bool) -> HeaderLines {
    var lines = HeaderLines()
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
