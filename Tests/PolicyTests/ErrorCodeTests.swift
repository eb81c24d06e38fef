import Policy
import Testing

struct ErrorCodeTests {
  @Test(arguments: ErrorCode.allCases)
  func `a code is spelled in lower case words and belongs to an error status`(code: ErrorCode) {
    #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
    #expect((400..<600).contains(code.status))
    #expect(code.meaning.hasSuffix("."))
  }

  @Test(arguments: ErrorCode.allCases)
  func `client faults are 4xx and everybody else's are 5xx, but for the queue that is full`(code: ErrorCode) {
    let isQueue = code == .queueFull || code == .queueTimeout
    #expect((code.status < 500) == (code.fault == .client || isQueue))
    #expect(!isQueue || (code.status == 429 && code.type == .rateLimit))
  }

  @Test(arguments: [
    (ErrorCode.invalidJSON, 400, ErrorType.invalidRequest), (.invalidAPIKey, 401, .invalidRequest),
    (.requestStopped, 499, .invalidRequest), (.internalError, 500, .server), (.upstreamTruncated, 502, .server),
    (.shuttingDown, 503, .serviceUnavailable), (.overloaded, 503, .serviceUnavailable),
    (.upstreamTimeout, 504, .server),
    (.httpVersionNotSupported, 505, .server),
  ])
  func `status and type are those of the table`(code: ErrorCode, status: Int, type: ErrorType) {
    #expect(code.status == status)
    #expect(code.type == type)
  }

  @Test(arguments: [
    (400, ErrorType.invalidRequest), (404, .invalidRequest), (429, .rateLimit), (500, .server),
    (503, .serviceUnavailable),
    (529, .server),
  ])
  func `the type of a wrapped error follows its status`(status: Int, type: ErrorType) {
    #expect(ErrorType(status: status) == type)
  }
}

struct FailureTests {
  @Test func `a failure without words of its own says what its code means`() {
    #expect(Failure(.modelNotFound).message == ErrorCode.modelNotFound.meaning)
    #expect(Failure(.modelNotFound, message: "No route serves \"x\".").message == "No route serves \"x\".")
  }

  @Test func `a wrapped upstream error keeps the status it came with`() {
    let failure = Failure(.upstreamError, upstreamStatus: 429)
    #expect(failure.status == 429)
    #expect(failure.type == .rateLimit)
  }

  @Test(arguments: [nil, 200, 302, 600])
  func `an upstream status that is no error is not passed on`(status: Int?) {
    #expect(Failure(.upstreamError, upstreamStatus: status).status == 502)
  }

  @Test func `the gateway's own verdict wins over the upstream's status`() {
    let failure = Failure(.upstreamAuthFailed, upstreamStatus: 401)
    #expect(failure.status == 502)
    #expect(failure.type == .server)
  }
}

struct EndReasonTests {
  @Test func `indexes have no gaps and labels no doubles`() {
    #expect(EndReason.allCases.map(\.index) == Array(0..<EndReason.allCases.count))
    #expect(Set(EndReason.allCases.map(\.label)).count == EndReason.allCases.count)
  }
}
