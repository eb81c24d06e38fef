import Upstream
import Wire

/// Which header fields travel on, in each direction.
enum HeaderRules {
  /// Client fields that stop here: those of the connection (RFC 9110 section 7.6.1), those libcurl sets itself, the
  /// client's credentials and cookies, and what says where the client sits.
  static func isForwarded(_ field: HeaderField, _ head: RequestHead) -> Bool {
    guard let known = field.known else { return !isNamedByConnection(field, head) && !isPrivate(field, head) }
    return switch known {
    case .host, .contentLength, .transferEncoding, .connection, .expect, .upgrade, .te, .trailer, .keepAlive,
      .proxyConnection, .proxyAuthorization, .proxyAuthenticate, .contentEncoding, .acceptEncoding:
      false
    case .authorization, .xAPIKey, .apiKey, .cookie, .openAIOrganization, .openAIProject: false
    case .origin, .referer, .accessControlRequestMethod, .accessControlRequestHeaders,
      .accessControlRequestPrivateNetwork, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto, .xRealIP,
      .via:
      false
    case .xRequestID: false
    case .contentType, .accept, .acceptLanguage, .userAgent, .xStainlessRetryCount, .xShouldRetry, .retryAfter,
      .retryAfterMs, .cacheControl, .traceparent, .tracestate, .ifNoneMatch, .range, .date, .server,
      .contentDisposition, .location, .allow, .vary, .lastEventID, .idempotencyKey, .altSvc, .setCookie,
      .strictTransportSecurity, .wwwAuthenticate:
      !isNamedByConnection(field, head)
    }
  }

  /// Fields that browsers and gateways add about the client, and other vendors' spellings of a key.
  private static func isPrivate(_ field: HeaderField, _ head: RequestHead) -> Bool {
    let name = head.string(field.name).lowercased()
    return name.hasPrefix("sec-") || name == "x-goog-api-key" || name.hasPrefix("x-sluice-")
  }

  private static func isNamedByConnection(_ field: HeaderField, _ head: RequestHead) -> Bool {
    guard let connection = head.value(.connection) else { return false }
    let name = head.string(field.name).lowercased()
    return connection.lowercased().split(separator: ",").contains { $0.trimmed == name }
  }

  /// Upstream fields that stop here: those of the connection, those the gateway makes anew, cookies, and what would
  /// bind the client to the upstream's own host.
  static func isReturned(_ name: String) -> Bool {
    switch name {
    case "connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding",
      "upgrade", "content-length", "content-encoding", "date", "server", "set-cookie", "set-cookie2", "alt-svc",
      "strict-transport-security", "x-request-id", "x-should-retry", "www-authenticate", "public-key-pins", "nel",
      "report-to", "cf-ray", "openai-organization", "openai-project", "vary":
      false
    default: !name.hasPrefix("access-control-") && !name.hasPrefix("x-sluice-")
    }
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var trimmed: Substring {
    var result = self
    while let first = result.first, first == " " || first == "\t" { result.removeFirst() }
    while let last = result.last, last == " " || last == "\t" { result.removeLast() }
    return result
  }
}
