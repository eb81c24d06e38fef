import Wire

@testable import Gateway
@testable import Upstream

/// What a client's head becomes on its way to an upstream: one request, on a path below that of the upstream, with
/// none of the client's credentials and none of the fields that concern its own connection.
func fuzzForwarded(_ bytes: UnsafeBufferPointer<UInt8>) {
  var parser = RequestParser(limits: RequestLimits())
  guard case .head = parser.advance(Span(_unsafeElements: bytes)) else { return }
  let head = parser.head
  guard case .found(_, let path) = endpoints.match(head), !path.isEmpty else { return }
  mustStayBelow(path)
  let query = head.queryRange.map { [0x3f] + head.bytes[$0] } ?? []
  var fields = HeaderLines()
  HeaderRules.appendForwarded(head, to: &fields) { _ in true }

  // The line and the fields of the connection as for plain HTTP/1.1.
  var request = Array("POST /base\(path)".utf8) + query + Array(" HTTP/1.1\r\nHost: up\r\n".utf8)
  request += fields.bytes + Array("Content-Length: 0\r\n\r\n".utf8)
  request.withUnsafeBufferPointer(mustBeOneRequest)
}

private let endpoints = EndpointMap(basePaths: ["/team"])

/// However a server reads the path, it does not lead out of where the upstream's API is.
private func mustStayBelow(_ path: String) {
  must(path.hasPrefix("/") && !path.hasPrefix("//"), "a path that can be read as a host")
  let decoded = PercentCoding.decode(path)
  let segments = decoded.split(whereSeparator: { $0 == "/" || $0 == "\\" })
  must(!segments.contains { $0 == "." || $0 == ".." }, "a path that leads elsewhere")
  must(!decoded.utf8.contains(0), "a path with a NUL")
}

private func mustBeOneRequest(_ request: UnsafeBufferPointer<UInt8>) {
  var parser = RequestParser(limits: RequestLimits(headBytesMax: 1 << 17, headersMax: 1000, targetBytesMax: 1 << 16))
  guard case .head(let count) = parser.advance(Span(_unsafeElements: request)) else {
    return must(false, "what is forwarded is no request")
  }
  must(count == request.count && parser.head.framing == .length(0), "what is forwarded is more than one request")
  let head = parser.head
  must(head.value(.host) == "up" && head.authorityRange == nil, "another host")
  let kept: [HeaderName] = [
    .authorization, .xAPIKey, .apiKey, .cookie, .connection, .transferEncoding, .te, .upgrade, .expect, .trailer,
    .proxyAuthorization, .keepAlive, .forwarded, .xForwardedFor, .origin, .contentEncoding,
  ]
  for field in head.headers {
    must(!kept.contains { $0 == field.known }, "a field that was to stay here")
    must(!head.bytes[field.name].contains(0x5f), "a name that some read as another")
  }
}
