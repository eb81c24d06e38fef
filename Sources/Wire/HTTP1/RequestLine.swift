/// Parses the request line, `method SP request-target SP HTTP-version CR LF` (RFC 9112 section 3), into a head.
enum RequestLine {
  /// Fills in method, target and version from the head's bytes, which ``FieldSection`` completed, and returns where
  /// the header lines start. The version is judged before the target: what a target may be depends on it.
  static func parse(into head: RequestHead, limits: RequestLimits) throws(RequestFailure) -> Int {
    let bytes = head.bytes
    let line = bytes.span

    var methodEnd = 0
    while HTTPByte.isToken(line[methodEnd]) { methodEnd += 1 }
    guard methodEnd > 0, line[methodEnd] == HTTPByte.space else { throw malformed(line, at: methodEnd) }
    head.methodRange = 0..<methodEnd
    head.method = HTTPMethod(token: line.extracting(0..<methodEnd))

    let targetStart = methodEnd + 1
    var targetEnd = targetStart
    while HTTPByte.isTarget(line[targetEnd]) { targetEnd += 1 }
    guard line[targetEnd] == HTTPByte.space, targetEnd > targetStart else {
      throw malformedTarget(line, start: targetStart, end: targetEnd)
    }
    guard targetEnd - targetStart <= limits.targetBytesMax else {
      throw RequestFailure(.targetTooLong, limit: limits.targetBytesMax)
    }
    head.targetRange = targetStart..<targetEnd

    head.versionMinor = try version(in: line, from: targetEnd + 1)
    try RequestTarget.parse(into: head)
    return targetEnd + 1 + versionBytes + 2
  }

  /// `HTTP/1.1`, always eight bytes (RFC 9112 section 2.3).
  private static let versionBytes = 8

  /// The minor version, 0 or 1. A later 1.x is served as 1.1 (RFC 9110 section 2.5); another major version is a 505,
  /// anything else a broken line.
  private static func version(in line: Span<UInt8>, from start: Int) throws(RequestFailure) -> Int {
    let end = start + versionBytes
    guard end + 2 <= line.count, HTTPByte.equal(line.extracting(start..<start + 5), "HTTP/"),
      let major = HTTPByte.digit(line[start + 5]), line[start + 6] == 0x2E,
      let minor = HTTPByte.digit(line[start + 7])
    else { throw RequestFailure(.malformedRequestLine) }
    guard line[end] == HTTPByte.carriageReturn else { throw RequestFailure(.malformedRequestLine) }
    guard line[end + 1] == HTTPByte.lineFeed else { throw RequestFailure(.bareCarriageReturn) }
    guard major == 1 else { throw RequestFailure(.unsupportedVersion) }
    return min(minor, 1)
  }

  /// A target that is empty, ends the line, or contains a byte that no target may contain.
  private static func malformedTarget(_ line: Span<UInt8>, start: Int, end: Int) -> RequestFailure {
    let endsLine = line[end] == HTTPByte.carriageReturn
    if endsLine || end == start && HTTPByte.isSpace(line[end]) { return malformed(line, at: end) }
    return RequestFailure(.invalidTarget)
  }

  /// The failure for a line that stops making sense at `offset`.
  private static func malformed(_ line: Span<UInt8>, at offset: Int) -> RequestFailure {
    let isBareReturn = line[offset] == HTTPByte.carriageReturn && line[offset + 1] != HTTPByte.lineFeed
    return RequestFailure(isBareReturn ? .bareCarriageReturn : .malformedRequestLine)
  }
}
