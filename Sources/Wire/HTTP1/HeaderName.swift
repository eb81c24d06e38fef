/// The header names that some part of the gateway looks at or treats specially; all others stay bytes.
package enum HeaderName: UInt8, CaseIterable, Sendable {
  case host, contentLength, transferEncoding, connection, expect, contentEncoding, contentType, authorization,
    xAPIKey, xRequestID, origin, acceptEncoding, accept, acceptLanguage, userAgent, accessControlRequestMethod,
    accessControlRequestHeaders, accessControlRequestPrivateNetwork, upgrade, te, trailer, keepAlive,
    proxyConnection, proxyAuthorization, proxyAuthenticate, cookie, setCookie, xStainlessRetryCount,
    xShouldRetry, retryAfter, retryAfterMs, cacheControl, traceparent, tracestate, ifNoneMatch, range, date,
    server, contentDisposition, location, via, allow, vary, forwarded, xForwardedFor, xForwardedHost,
    xForwardedProto, xRealIP, referer, lastEventID, idempotencyKey, openAIOrganization, openAIProject, altSvc,
    strictTransportSecurity, wwwAuthenticate, apiKey

  /// The name in its usual spelling.
  package var spelling: StaticString { Self.spellings[Int(rawValue)] }

  /// The known name that `name` spells, in any case (RFC 9110 section 5.1). The length leaves few candidates, and those
  /// mostly differ in their first byte; that is twenty times cheaper than a dictionary keyed by strings.
  package static func named(_ name: Span<UInt8>) -> HeaderName? {
    switch name.count {
    case 2: match(name, .te)
    case 3: match(name, .via)
    case 4: match(name, .host) ?? match(name, .date) ?? match(name, .vary)
    case 5: match(name, .range) ?? match(name, .allow)
    case 6:
      match(name, .expect) ?? match(name, .origin) ?? match(name, .accept) ?? match(name, .cookie)
        ?? match(name, .server)
    case 7:
      match(name, .upgrade) ?? match(name, .trailer) ?? match(name, .referer) ?? match(name, .altSvc)
        ?? match(name, .apiKey)
    case 8: match(name, .location)
    case 9: match(name, .xAPIKey) ?? match(name, .forwarded) ?? match(name, .xRealIP)
    case 10:
      match(name, .connection) ?? match(name, .userAgent) ?? match(name, .keepAlive) ?? match(name, .setCookie)
        ?? match(name, .tracestate)
    case 11: match(name, .retryAfter) ?? match(name, .traceparent)
    case 12: match(name, .contentType) ?? match(name, .xRequestID)
    case 13:
      match(name, .authorization) ?? match(name, .cacheControl) ?? match(name, .ifNoneMatch)
        ?? match(name, .lastEventID)
    case 14:
      match(name, .contentLength) ?? match(name, .xShouldRetry) ?? match(name, .retryAfterMs)
        ?? match(name, .openAIProject)
    case 15:
      match(name, .acceptEncoding) ?? match(name, .acceptLanguage) ?? match(name, .xForwardedFor)
        ?? match(name, .idempotencyKey)
    case 16:
      match(name, .contentEncoding) ?? match(name, .proxyConnection) ?? match(name, .xForwardedHost)
        ?? match(name, .wwwAuthenticate)
    case 17: match(name, .transferEncoding) ?? match(name, .xForwardedProto)
    case 18: match(name, .proxyAuthenticate)
    case 19:
      match(name, .proxyAuthorization) ?? match(name, .contentDisposition) ?? match(name, .openAIOrganization)
    case 23: match(name, .xStainlessRetryCount)
    case 25: match(name, .strictTransportSecurity)
    case 29: match(name, .accessControlRequestMethod)
    case 30: match(name, .accessControlRequestHeaders)
    case 38: match(name, .accessControlRequestPrivateNetwork)
    default: nil
    }
  }

  private static func match(_ name: Span<UInt8>, _ candidate: HeaderName) -> HeaderName? {
    HTTPByte.equalIgnoringCase(name, candidate.spelling) ? candidate : nil
  }

  /// The spellings in the order of the cases.
  private static let spellings: [StaticString] = [
    "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Content-Encoding", "Content-Type",
    "Authorization", "X-API-Key", "X-Request-ID", "Origin", "Accept-Encoding", "Accept", "Accept-Language",
    "User-Agent", "Access-Control-Request-Method", "Access-Control-Request-Headers",
    "Access-Control-Request-Private-Network", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Connection",
    "Proxy-Authorization", "Proxy-Authenticate", "Cookie", "Set-Cookie", "X-Stainless-Retry-Count", "X-Should-Retry",
    "Retry-After", "Retry-After-Ms", "Cache-Control", "traceparent", "tracestate", "If-None-Match", "Range", "Date",
    "Server", "Content-Disposition", "Location", "Via", "Allow", "Vary", "Forwarded", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Referer", "Last-Event-ID", "Idempotency-Key",
    "OpenAI-Organization", "OpenAI-Project", "Alt-Svc", "Strict-Transport-Security", "WWW-Authenticate", "api-key",
  ]
}

/// Which of the known names occur in a head.
struct HeaderNames: Sendable {
  /// A bit for each name; there are fewer of them than bits.
  private var bits: UInt64 = 0

  mutating func insert(_ name: HeaderName) { bits |= 1 << UInt64(name.rawValue) }

  func contains(_ name: HeaderName) -> Bool { bits & 1 << UInt64(name.rawValue) != 0 }
}
