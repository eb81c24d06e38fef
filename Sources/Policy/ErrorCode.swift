/// Every error Sluice itself can answer with: the closed list behind `docs/errors.md`.
///
/// The raw value is the `code` a client reads in `{"error":{"message","type","param","code"}}`. Errors an upstream
/// wrote in that shape are relayed as they came and are not in this list.
package enum ErrorCode: String, CaseIterable, Sendable {
  // The client's fault.
  case malformedRequest = "malformed_request"
  case invalidJSON = "invalid_json"
  case missingRequiredParameter = "missing_required_parameter"
  case invalidType = "invalid_type"
  case invalidValue = "invalid_value"
  case unsupportedParameter = "unsupported_parameter"
  case invalidAPIKey = "invalid_api_key"
  case hostNotAllowed = "host_not_allowed"
  case originNotAllowed = "origin_not_allowed"
  case modelNotFound = "model_not_found"
  case requestNotFound = "request_not_found"
  case itemNotFound = "item_not_found"
  case unknownURL = "unknown_url"
  case methodNotAllowed = "method_not_allowed"
  case requestTimeout = "request_timeout"
  case lengthRequired = "length_required"
  case requestTooLarge = "request_too_large"
  case uriTooLong = "uri_too_long"
  case unsupportedContentEncoding = "unsupported_content_encoding"
  case expectationFailed = "expectation_failed"
  case upgradeNotSupported = "upgrade_not_supported"
  case headerFieldsTooLarge = "header_fields_too_large"
  case requestStopped = "request_stopped"

  // The gateway's own.
  case internalError = "internal_error"
  case notImplemented = "not_implemented"
  case httpVersionNotSupported = "http_version_not_supported"
  case shuttingDown = "shutting_down"
  case overloaded = "overloaded"
  case queueFull = "queue_full"
  case queueTimeout = "queue_timeout"

  // The upstream's fault.
  case upstreamUnreachable = "upstream_unreachable"
  case upstreamDisconnected = "upstream_disconnected"
  case upstreamInvalidResponse = "upstream_invalid_response"
  case upstreamAuthFailed = "upstream_auth_failed"
  case upstreamTruncated = "upstream_truncated"
  case upstreamError = "upstream_error"
  case upstreamTimeout = "upstream_timeout"
  case deadlineExceeded = "deadline_exceeded"
}

extension ErrorCode {
  /// Who has to change something for the error to go away.
  package enum Fault: String, CaseIterable, Sendable {
    case client
    case gateway
    case upstream
  }

  /// The HTTP status the error is answered with before the response head is committed (RFC 9110 section 15; 499 is
  /// nginx's "client closed request", used for stopped requests).
  package var status: Int {
    switch self {
    case .malformedRequest, .invalidJSON, .missingRequiredParameter, .invalidType, .invalidValue,
      .unsupportedParameter:
      400
    case .invalidAPIKey: 401
    case .hostNotAllowed, .originNotAllowed: 403
    case .modelNotFound, .requestNotFound, .itemNotFound, .unknownURL: 404
    case .methodNotAllowed: 405
    case .requestTimeout: 408
    case .lengthRequired: 411
    case .requestTooLarge: 413
    case .uriTooLong: 414
    case .unsupportedContentEncoding: 415
    case .expectationFailed: 417
    case .upgradeNotSupported: 426
    case .queueFull, .queueTimeout: 429
    case .headerFieldsTooLarge: 431
    case .requestStopped: 499
    case .internalError: 500
    case .notImplemented: 501
    case .upstreamUnreachable, .upstreamDisconnected, .upstreamInvalidResponse, .upstreamAuthFailed,
      .upstreamTruncated, .upstreamError:
      502
    case .shuttingDown, .overloaded: 503
    case .upstreamTimeout, .deadlineExceeded: 504
    case .httpVersionNotSupported: 505
    }
  }

  /// Who has to change something.
  package var fault: Fault {
    switch self {
    case .malformedRequest, .invalidJSON, .missingRequiredParameter, .invalidType, .invalidValue,
      .unsupportedParameter, .itemNotFound, .invalidAPIKey,
      .hostNotAllowed, .originNotAllowed, .modelNotFound, .requestNotFound, .unknownURL,
      .methodNotAllowed, .requestTimeout, .lengthRequired, .requestTooLarge, .uriTooLong,
      .unsupportedContentEncoding, .expectationFailed, .upgradeNotSupported, .headerFieldsTooLarge,
      .requestStopped:
      .client
    case .internalError, .notImplemented, .httpVersionNotSupported, .shuttingDown, .overloaded, .queueFull,
      .queueTimeout:
      .gateway
    case .upstreamUnreachable, .upstreamDisconnected, .upstreamInvalidResponse, .upstreamAuthFailed,
      .upstreamTruncated, .upstreamError, .upstreamTimeout, .deadlineExceeded:
      .upstream
    }
  }

  /// The `type` field of the error body.
  package var type: ErrorType { fault == .client ? .invalidRequest : ErrorType(status: status) }

  /// Whether sending the same request again, a little later, can succeed. After retries of its own the gateway still
  /// tells SDKs `x-should-retry: false`: it has already asked again.
  package var isRetryable: Bool {
    switch self {
    case .requestTimeout, .shuttingDown, .overloaded, .queueFull, .queueTimeout, .upstreamUnreachable,
      .upstreamDisconnected,
      .upstreamInvalidResponse, .upstreamTruncated, .upstreamError, .upstreamTimeout, .deadlineExceeded:
      true
    case .malformedRequest, .invalidJSON, .missingRequiredParameter, .invalidType, .invalidValue,
      .unsupportedParameter, .itemNotFound, .invalidAPIKey,
      .hostNotAllowed, .originNotAllowed, .modelNotFound, .requestNotFound, .unknownURL,
      .methodNotAllowed, .lengthRequired, .requestTooLarge, .uriTooLong, .unsupportedContentEncoding,
      .expectationFailed, .upgradeNotSupported, .headerFieldsTooLarge, .requestStopped, .internalError, .notImplemented,
      .httpVersionNotSupported, .upstreamAuthFailed:
      false
    }
  }

  /// One line for people, a whole sentence; the default message of a `Failure` with this code.
  package var meaning: String {
    switch self {
    case .malformedRequest: "The request is not valid HTTP/1.1."
    case .invalidJSON: "The request body is not valid JSON, or not a JSON object."
    case .missingRequiredParameter: "A required parameter is missing."
    case .invalidType: "A parameter has the wrong JSON type."
    case .invalidValue: "A parameter has a value that is not allowed."
    case .unsupportedParameter: "A parameter asks for something that the model's upstream cannot do."
    case .invalidAPIKey: "The API key is missing or wrong."
    case .hostNotAllowed: "The Host header names a host this gateway does not answer for."
    case .originNotAllowed: "The web page's origin is not allowed to call this gateway."
    case .modelNotFound: "No route serves this model."
    case .requestNotFound: "No request with this id is running or remembered."
    case .itemNotFound: "No item with this id is stored."
    case .unknownURL: "There is nothing at this URL."
    case .methodNotAllowed: "This URL does not take this method."
    case .requestTimeout: "The request did not arrive in time."
    case .lengthRequired: "The request needs a Content-Length or a chunked body."
    case .requestTooLarge: "The request body is larger than the gateway accepts."
    case .uriTooLong: "The request target is longer than the gateway accepts."
    case .unsupportedContentEncoding: "The request body has a content encoding other than gzip or identity."
    case .expectationFailed: "The Expect header asks for something other than 100-continue."
    case .upgradeNotSupported: "WebSocket connections are not supported here; use plain HTTP requests."
    case .headerFieldsTooLarge: "The request has too many header fields, or they are too large."
    case .requestStopped: "The request was stopped by its id."
    case .internalError: "The gateway failed; this is a bug."
    case .notImplemented: "The gateway does not implement this."
    case .httpVersionNotSupported: "The gateway speaks HTTP/1.1 and HTTP/1.0 only."
    case .shuttingDown: "The gateway is shutting down."
    case .overloaded: "The gateway has no capacity left for this request."
    case .queueFull: "Too many requests are already waiting for their turn."
    case .queueTimeout: "The request waited for its turn for as long as it may."
    case .upstreamUnreachable: "No connection to the upstream could be made."
    case .upstreamDisconnected: "The upstream closed the connection before it answered."
    case .upstreamInvalidResponse: "The upstream's answer could not be understood."
    case .upstreamAuthFailed: "The upstream refused the gateway's credentials."
    case .upstreamTruncated: "The upstream's answer broke off."
    case .upstreamError: "The upstream answered with an error."
    case .upstreamTimeout: "The upstream stayed silent for too long."
    case .deadlineExceeded: "The request's overall time limit passed."
    }
  }
}

/// The closed list of `type` values in the gateway's own error bodies, spelled as OpenAI spells them.
package enum ErrorType: String, CaseIterable, Sendable {
  case invalidRequest = "invalid_request_error"
  case rateLimit = "rate_limit_error"
  case server = "server_error"
  case serviceUnavailable = "service_unavailable_error"

  /// The type that belongs to an HTTP error status, for errors wrapped without a type of their own.
  package init(status: Int) {
    self =
      switch status {
      case 429: .rateLimit
      case 503: .serviceUnavailable
      case 400..<500: .invalidRequest
      default: .server
      }
  }
}
