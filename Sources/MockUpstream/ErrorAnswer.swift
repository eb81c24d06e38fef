import Wire

/// Error bodies and headers of failing attempts.
enum ErrorAnswer {
  /// The reply of an attempt that fails with `status`. `epochSeconds` is the wall clock, for `retry-after-date`.
  static func reply(status: Int, scenario: Scenario, epochSeconds: Int) -> Reply {
    var headers = retryHeaders(scenario, epochSeconds: epochSeconds)
    if scenario.htmlError {
      headers.append(("content-type", "text/html; charset=utf-8"))
      let page = "<html><head><title>\(status)</title></head><body><h1>Bad day at the mock</h1></body></html>\n"
      return Reply(status: status, headers: headers, body: .bytes(Array(page.utf8)))
    }
    headers.append(("content-type", "application/json"))
    let code = scenario.errorCode ?? defaultCode(status)
    let type = scenario.errorType ?? defaultType(status)
    let message = "the mock answers with \(status)"
    let body = #"{"error":{"message":"\#(message)","type":"\#(type)","param":null,"code":"\#(code)"}}"#
    return Reply(status: status, headers: headers, body: .bytes(Array(body.utf8)))
  }

  /// The error object of an in-band error event.
  static func inBand(_ scenario: Scenario) -> String {
    let code = scenario.errorCode ?? "mock_in_band"
    let type = scenario.errorType ?? "server_error"
    return #"{"message":"\#(inBandMessage)","type":"\#(type)","param":null,"code":"\#(code)"}"#
  }

  static let inBandMessage = "the mock fails inside the stream"

  private static func retryHeaders(_ scenario: Scenario, epochSeconds: Int) -> [(String, String)] {
    var headers: [(String, String)] = []
    if let seconds = scenario.retryAfter { headers.append(("retry-after", seconds)) }
    if let milliseconds = scenario.retryAfterMs { headers.append(("retry-after-ms", milliseconds)) }
    if let ahead = scenario.retryAfterDate {
      let date = HTTPDate.format(epochSeconds + ahead)
      headers.append(("retry-after", String(decoding: date, as: UTF8.self)))
    }
    if let reset = scenario.rateLimitReset {
      headers += [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", reset)]
    }
    if let decision = scenario.shouldRetry { headers.append(("x-should-retry", decision)) }
    return headers
  }

  private static func defaultCode(_ status: Int) -> String {
    switch status {
    case 401: "invalid_api_key"
    case 404: "model_not_found"
    case 429: "rate_limit_exceeded"
    default: status < 500 ? "mock_client_error" : "mock_server_error"
    }
  }

  private static func defaultType(_ status: Int) -> String {
    switch status {
    case 429: "rate_limit_error"
    default: status < 500 ? "invalid_request_error" : "server_error"
    }
  }
}
