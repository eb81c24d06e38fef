/// One failed request as the client is told about it: which error, in words that hold no secret, and what goes with it.
package struct Failure: Error, Equatable, Sendable {
  /// Which of the closed list.
  package var code: ErrorCode
  /// A whole sentence for the person who reads the exception. Never holds a key, a header or a body.
  package var message: String
  /// The parameter at fault, as a path such as `messages[2].content`.
  package var param: String?
  /// The status the upstream answered with, when there was an answer.
  package var upstreamStatus: Int?
  /// How long the client should wait before it asks again.
  package var retryAfter: Duration?

  /// - Parameter message: defaults to the code's own one-line meaning.
  package init(
    _ code: ErrorCode, message: String? = nil, param: String? = nil, upstreamStatus: Int? = nil,
    retryAfter: Duration? = nil
  ) {
    self.code = code
    self.message = message ?? code.meaning
    self.param = param
    self.upstreamStatus = upstreamStatus
    self.retryAfter = retryAfter
  }

  /// The HTTP status to answer with. An upstream error that had to be wrapped keeps the status it came with, so that
  /// the client's SDK raises the class it would have raised without the gateway.
  package var status: Int {
    if code == .upstreamError, let upstreamStatus, (400..<600).contains(upstreamStatus) { return upstreamStatus }
    return code.status
  }

  /// The `type` of the error body, following `status` for a wrapped upstream error.
  package var type: ErrorType { code == .upstreamError ? ErrorType(status: status) : code.type }
}

// MARK: - Parameters

extension Failure {
  /// A parameter that is needed is absent.
  package static func missing(_ param: String) -> Failure {
    Failure(.missingRequiredParameter, message: "Missing required parameter: '\(param)'.", param: param)
  }

  /// A parameter has the wrong JSON type.
  ///
  /// - Parameter expected: `a string` and the like.
  package static func invalidType(_ param: String, _ expected: String) -> Failure {
    Failure(.invalidType, message: "Invalid type for '\(param)': expected \(expected).", param: param)
  }

  /// A parameter has a value that cannot be.
  ///
  /// - Parameter reason: what is wrong, as a fragment behind a colon.
  package static func invalid(_ param: String, _ reason: String) -> Failure {
    Failure(.invalidValue, message: "Invalid value for '\(param)': \(reason).", param: param)
  }
}
