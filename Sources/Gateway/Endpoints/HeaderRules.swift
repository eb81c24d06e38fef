import Upstream
import Wire

/// Which header fields travel on, in each direction. Works on bytes: a request has some twenty fields.
enum HeaderRules {
  /// Appends the client's fields that travel on.
  ///
  /// What stops here: the fields of the connection (RFC 9110 section 7.6.1) and those that `Connection` names, what
  /// libcurl sets itself, the client's credentials and cookies, and what says where the client sits.
  ///
  /// - Parameter takesContentType: whether the client's own `Content-Type` may go.
  static func appendForwarded(
    _ head: RequestHead, to lines: inout HeaderLines, takesContentType: (HeaderField) -> Bool
  ) {
    let dropped = namedByConnection(head)
    let bytes = head.bytes
    // Neighbours that travel on as they are go in one piece.
    var run = 0..<0
    var count = 0
    for field in head.headers where isForwarded(field, head) {
      if field.known == .contentType, !takesContentType(field) { continue }
      if !dropped.isEmpty, dropped.contains(where: { equals(head.bytes[field.name], $0) }) { continue }
      guard let line = canonicalLine(field, head) else {
        lines.append(lines: run, of: bytes.span, count: count)
        (run, count) = (0..<0, 0)
        lines.append(bytes.span.extracting(field.name), bytes.span.extracting(field.value))
        continue
      }
      if count > 0, run.upperBound == line.lowerBound {
        run = run.lowerBound..<line.upperBound
        count += 1
      } else {
        lines.append(lines: run, of: bytes.span, count: count)
        (run, count) = (line, 1)
      }
    }
    lines.append(lines: run, of: bytes.span, count: count)
  }

  /// The field's line, where it is spelled `name: value` with one blank and nothing behind the value.
  private static func canonicalLine(_ field: HeaderField, _ head: RequestHead) -> Range<Int>? {
    let (name, value) = (field.name, field.value)
    guard !value.isEmpty, value.lowerBound == name.upperBound + 2, head.bytes[name.upperBound + 1] == 0x20,
      value.upperBound + 1 < head.bytes.count, head.bytes[value.upperBound] == 0x0d,
      head.bytes[value.upperBound + 1] == 0x0a
    else { return nil }
    return name.lowerBound..<value.upperBound + 2
  }

  /// Appends the client's own credentials, for an upstream that is to get them.
  static func appendCredentials(_ head: RequestHead, to lines: inout HeaderLines) {
    let bytes = head.bytes
    for field in head.headers {
      switch field.known {
      case .authorization, .xAPIKey, .apiKey, .openAIOrganization, .openAIProject:
        if let line = canonicalLine(field, head) {
          lines.append(lines: line, of: bytes.span, count: 1)
        } else {
          lines.append(bytes.span.extracting(field.name), bytes.span.extracting(field.value))
        }
      default: break
      }
    }
  }

  static func isForwarded(_ field: HeaderField, _ head: RequestHead) -> Bool {
    guard let known = field.known else { return !isPrivate(head.bytes[field.name]) }
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
      true
    }
  }

  /// Whether an upstream's field goes to the client. What stops here: the fields of the connection, those the gateway
  /// makes anew, cookies, and what would bind the client to the upstream's own host.
  ///
  /// - Parameter known: what `HeaderName.named` says of the name.
  static func isReturned(_ name: ArraySlice<UInt8>, _ known: HeaderName?) -> Bool {
    switch known {
    case .connection, .keepAlive, .proxyAuthenticate, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade,
      .contentLength, .contentEncoding, .date, .server, .setCookie, .altSvc, .strictTransportSecurity, .xRequestID,
      .xShouldRetry, .wwwAuthenticate, .openAIOrganization, .openAIProject, .vary, .accessControlRequestMethod,
      .accessControlRequestHeaders, .accessControlRequestPrivateNetwork:
      return false
    case .host, .expect, .contentType, .authorization, .xAPIKey, .origin, .acceptEncoding, .accept, .acceptLanguage,
      .userAgent, .proxyAuthorization, .cookie, .xStainlessRetryCount, .retryAfter, .retryAfterMs, .cacheControl,
      .traceparent, .tracestate, .ifNoneMatch, .range, .contentDisposition, .location, .via, .allow, .forwarded,
      .xForwardedFor, .xForwardedHost, .xForwardedProto, .xRealIP, .referer, .lastEventID, .idempotencyKey, .apiKey:
      return true
    case nil: break
    }
    return switch name.first.map(HTTPByte.lowercase) {
    case 0x61: !hasPrefix(name, "access-control-")
    case 0x78: !hasPrefix(name, "x-sluice-")
    default: !notReturned.contains { equals(name, $0) }
    }
  }

  /// Those that have no `HeaderName`.
  private static let notReturned: [StaticString] = ["set-cookie2", "public-key-pins", "nel", "report-to", "cf-ray"]

  /// Fields that browsers and gateways add about the client, other vendors' spellings of a key, those that some servers
  /// take for the method or the path, and names with `_` instead of `-`: some take the two for the same, and
  /// `Content_Length` for what it is not.
  private static func isPrivate(_ name: ArraySlice<UInt8>) -> Bool {
    if name.contains(0x5f) { return true }
    return switch name.first.map(HTTPByte.lowercase) {
    case 0x73: hasPrefix(name, "sec-")
    case 0x78:
      equals(name, "x-goog-api-key") || hasPrefix(name, "x-sluice-") || hasPrefix(name, "x-forwarded-")
        || hasPrefix(name, "x-original-") || hasPrefix(name, "x-rewrite-") || hasPrefix(name, "x-http-method")
    default: false
    }
  }

  /// The names in `Connection`; nearly always none but the two that every client sends.
  private static func namedByConnection(_ head: RequestHead) -> [ArraySlice<UInt8>] {
    guard head.first(.connection) != nil else { return [] }
    var names: [ArraySlice<UInt8>] = []
    for field in head.headers where field.known == .connection {
      for element in head.bytes[field.value].split(separator: 0x2c) {
        let name = element.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
        if !equals(name, "keep-alive"), !equals(name, "close") { names.append(name) }
      }
    }
    return names
  }

  // MARK: - Names without regard to case

  static func equals(_ name: ArraySlice<UInt8>, _ lowerCase: StaticString) -> Bool {
    name.count == lowerCase.utf8CodeUnitCount && hasPrefix(name, lowerCase)
  }

  /// Whether a field that `HeaderName` does not know has that value.
  static func value(_ name: StaticString, in head: RequestHead, is wanted: StaticString) -> Bool {
    head.headers.contains {
      $0.known == nil && equals(head.bytes[$0.name], name) && equals(head.bytes[$0.value], wanted)
    }
  }

  static func equals(_ name: ArraySlice<UInt8>, text lowerCase: Substring) -> Bool {
    name.count == lowerCase.utf8.count && zip(name, lowerCase.utf8).allSatisfy { HTTPByte.lowercase($0) == $1 }
  }

  private static func equals(_ name: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
    name.count == other.count && zip(name, other).allSatisfy { HTTPByte.lowercase($0) == HTTPByte.lowercase($1) }
  }

  private static func hasPrefix(_ name: ArraySlice<UInt8>, _ lowerCase: StaticString) -> Bool {
    guard name.count >= lowerCase.utf8CodeUnitCount else { return false }
    return lowerCase.withUTF8Buffer { wanted in
      for (index, byte) in zip(wanted.indices, name) where HTTPByte.lowercase(byte) != wanted[index] { return false }
      return true
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
