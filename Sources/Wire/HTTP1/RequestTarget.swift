/// Takes a request target apart (RFC 9112 section 3.2): origin-form, absolute-form with http or https, or `*`.
enum RequestTarget {
  /// Fills in path, query and authority from the head's target, whose bytes are visible ASCII without `#`.
  static func parse(into head: RequestHead) throws(RequestFailure) {
    guard !isConnect(head) else { throw RequestFailure(.connectUnsupported) }
    let bytes = head.bytes
    let line = bytes.span
    let target = head.targetRange

    if line[target.lowerBound] == HTTPByte.slash {
      splitQuery(from: target, in: line, into: head)
      return
    }
    if HTTPByte.equal(line.extracting(target), "*") {
      guard head.method == .options else { throw RequestFailure(.invalidTarget) }
      head.pathRange = target
      return
    }
    try parseAbsolute(target, in: line, into: head)
  }

  /// `scheme "://" authority path ["?" query]`.
  private static func parseAbsolute(
    _ target: Range<Int>, in line: Span<UInt8>, into head: RequestHead
  ) throws(RequestFailure) {
    guard let scheme = schemeBytes(of: line.extracting(target)) else { throw RequestFailure(.invalidTarget) }
    let authorityStart = target.lowerBound + scheme
    var authorityEnd = authorityStart
    while authorityEnd < target.upperBound, line[authorityEnd] != HTTPByte.slash,
      line[authorityEnd] != HTTPByte.questionMark
    { authorityEnd += 1 }
    let authority = authorityStart..<authorityEnd
    guard HostRule.isValid(line.extracting(authority)) else { throw RequestFailure(.hostInvalid) }
    head.authorityRange = authority

    splitQuery(from: authorityEnd..<target.upperBound, in: line, into: head)
    if head.pathRange.isEmpty {
      // An empty path means "/" (RFC 9110 section 4.2.3); the last slash of "://" stands in for it, so that a path is
      // always a range of the bytes received.
      head.pathRange = authorityStart - 1..<authorityStart
    }
  }

  /// The bytes of `http://` or `https://` that `target` starts with.
  private static func schemeBytes(of target: Span<UInt8>) -> Int? {
    if target.count >= 7, HTTPByte.equalIgnoringCase(target.extracting(0..<7), "http://") { return 7 }
    if target.count >= 8, HTTPByte.equalIgnoringCase(target.extracting(0..<8), "https://") { return 8 }
    return nil
  }

  private static func splitQuery(from part: Range<Int>, in line: Span<UInt8>, into head: RequestHead) {
    var pathEnd = part.lowerBound
    while pathEnd < part.upperBound, line[pathEnd] != HTTPByte.questionMark { pathEnd += 1 }
    head.pathRange = part.lowerBound..<pathEnd
    head.queryRange = pathEnd < part.upperBound ? pathEnd + 1..<part.upperBound : nil
  }

  private static func isConnect(_ head: RequestHead) -> Bool {
    let bytes = head.bytes
    return HTTPByte.equal(bytes.span.extracting(head.methodRange), "CONNECT")
  }
}
