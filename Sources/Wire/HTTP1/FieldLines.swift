/// Parses header lines, `name ":" OWS value OWS CR LF` (RFC 9112 section 5), in a head and in trailers.
enum FieldLines {
  /// Appends a field for each line of `section` from `start` on. The section must be one that ``FieldSection``
  /// completed: it ends with an empty line, and each LF in it follows a CR. That is what keeps the loops inside it.
  static func parse(
    _ section: Span<UInt8>, from start: Int, fieldsMax: Int, into fields: inout [HeaderField]
  ) throws(RequestFailure) {
    let end = section.count - 2
    var position = start
    while position < end {
      guard fields.count < fieldsMax else { throw RequestFailure(.tooManyHeaders, limit: fieldsMax) }
      let (name, known) = try name(in: section, from: position)
      let value = try value(in: section, from: name.upperBound + 1)
      fields.append(HeaderField(name: name, value: value.trimmed, known: known))
      position = value.next
    }
  }

  /// The name that starts at `start` and ends before its colon.
  private static func name(
    in section: Span<UInt8>, from start: Int
  ) throws(RequestFailure) -> (name: Range<Int>, known: HeaderName?) {
    // A name that is known is a token; only the others are looked at byte by byte.
    if let colon = section.firstIndex(of: HTTPByte.colon, in: start..<section.count),
      let known = HeaderName.named(section.extracting(start..<colon))
    {
      return (start..<colon, known)
    }
    var end = start
    while HTTPByte.isToken(section[end]) { end += 1 }
    if section[end] == HTTPByte.colon, end > start { return (start..<end, nil) }
    guard HTTPByte.isSpace(section[end]) else { throw RequestFailure(.invalidHeaderName) }
    throw RequestFailure(end == start ? .foldedHeader : .spaceInHeaderName)
  }

  /// The value that starts at `start`, and where the next line starts.
  private static func value(
    in section: Span<UInt8>, from start: Int
  ) throws(RequestFailure) -> (trimmed: Range<Int>, next: Int) {
    let end = HTTPByte.fieldValueEnd(in: section, from: start)
    guard section[end] == HTTPByte.carriageReturn else { throw RequestFailure(.invalidHeaderValue) }
    guard section[end + 1] == HTTPByte.lineFeed else { throw RequestFailure(.bareCarriageReturn) }
    return (HTTPByte.trim(start..<end, in: section), end + 2)
  }
}
