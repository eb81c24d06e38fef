/// The rules that a complete head must keep as a whole, and what follows from its fields: framing, keep-alive, Expect.
///
/// The strictness is deliberate: each ambiguity refused here is one that two servers in a row could read differently
/// (request smuggling, RFC 9112 section 11.2).
enum RequestRules {
  /// Checks the head's fields and fills in framing, keep-alive and expectation.
  static func apply(to head: RequestHead, limits: RequestLimits) throws(RequestFailure) {
    let found = try collect(head)
    if found.host == nil, head.versionMinor == 1 { throw RequestFailure(.hostMissing) }
    head.keepAlive = keepAlive(head)
    head.framing = try framing(of: head, found)
    if case .length(let length) = head.framing, length > limits.bodyBytesMax {
      throw RequestFailure(.bodyTooLarge, limit: limits.bodyBytesMax)
    }
    if found.expects, head.versionMinor == 1 {
      guard isContinue(head) else { throw RequestFailure(.expectationUnsupported) }
      head.expectsContinue = head.framing != .none && head.framing != .length(0)
    }
  }

  /// The fields that matter here.
  private struct Found {
    var host: Range<Int>?
    var contentLength: Range<Int>?
    var transferEncoding: Range<Int>?
    var transferEncodings = 0
    var contentType: Range<Int>?
    var expects = false
  }

  /// One pass over the fields, which notes their names. Host and Content-Length must not occur twice (RFC 9112 section
  /// 3.2; a repeated length is refused even if both are equal, as section 6.3 allows).
  private static func collect(_ head: RequestHead) throws(RequestFailure) -> Found {
    let bytes = head.bytes
    var found = Found()
    for field in head.headers {
      guard let name = field.known else { continue }
      head.names.insert(name)
      if name == .host {
        guard found.host == nil else { throw RequestFailure(.hostRepeated) }
        guard HostRule.isValid(bytes.span.extracting(field.value)) else { throw RequestFailure(.hostInvalid) }
        found.host = field.value
      } else if name == .contentLength {
        guard found.contentLength == nil else { throw RequestFailure(.contentLengthRepeated) }
        found.contentLength = field.value
      } else if name == .transferEncoding {
        found.transferEncoding = field.value
        found.transferEncodings += 1
      } else if name == .contentType {
        try checkContentType(field.value, besides: found.contentType, in: bytes.span)
        found.contentType = field.value
      } else if name == .expect {
        found.expects = true
      }
    }
    return found
  }

  /// Who reads the first of two types and who reads the last would not see the same body.
  private static func checkContentType(
    _ value: Range<Int>, besides other: Range<Int>?, in bytes: Span<UInt8>
  ) throws(RequestFailure) {
    guard let other else { return }
    let isSame =
      value.count == other.count
      && zip(value, other).allSatisfy { bytes[$0] == bytes[$1] }
    if !isSame { throw RequestFailure(.contentTypeRepeated) }
  }

  /// RFC 9112 section 6.3 for requests.
  private static func framing(of head: RequestHead, _ found: Found) throws(RequestFailure) -> BodyFraming {
    let bytes = head.bytes
    guard let coding = found.transferEncoding else {
      guard let length = found.contentLength else { return .none }
      return .length(try contentLength(bytes.span.extracting(length)))
    }
    guard found.contentLength == nil else { throw RequestFailure(.contentLengthWithTransferEncoding) }
    guard head.versionMinor == 1 else { throw RequestFailure(.transferEncodingInHTTP10) }
    if found.transferEncodings == 1,
      HTTPByte.equalIgnoringCase(bytes.span.extracting(coding), "chunked")
    {
      return .chunked
    }
    throw RequestFailure(unsupported(head) ? .transferEncodingUnsupported : .transferEncodingInvalid)
  }

  /// A non-empty run of digits in the range of `Int`.
  private static func contentLength(_ digits: Span<UInt8>) throws(RequestFailure) -> Int {
    guard digits.count > 0 else { throw RequestFailure(.contentLengthInvalid) }
    var length = 0
    for index in digits.indices {
      guard let digit = HTTPByte.digit(digits[index]) else { throw RequestFailure(.contentLengthInvalid) }
      let (tens, tensOverflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, sumOverflow) = tens.addingReportingOverflow(digit)
      guard !tensOverflow, !sumOverflow else { throw RequestFailure(.contentLengthInvalid) }
      length = sum
    }
    return length
  }

  /// Whether the end of the body could be told, had this server the codings that Transfer-Encoding names (501). Where
  /// `chunked` is not the last of them, or there twice, nobody can tell (400, RFC 9112 section 6.3); a name that the
  /// registry does not have may mean anything, its end included.
  private static func unsupported(_ head: RequestHead) -> Bool {
    let storage = head.bytes
    let bytes = storage.span
    var (chunked, others, unknown, endsChunked) = (0, 0, 0, false)
    for field in head.headers where field.known == .transferEncoding {
      HTTPByte.elements(of: field.value, in: bytes) { element in
        let name = bytes.extracting(element)
        endsChunked = HTTPByte.equalIgnoringCase(name, "chunked")
        if endsChunked {
          chunked += 1
        } else if !element.isEmpty {
          others += 1
          if !registered.contains(where: { HTTPByte.equalIgnoringCase(name, $0) }) { unknown += 1 }
        }
        return true
      }
    }
    return chunked == 0 ? unknown > 0 : chunked == 1 && endsChunked && others > 0
  }

  /// Transfer codings besides `chunked` (RFC 9112 section 7, IANA's registry).
  private static let registered: [StaticString] = ["gzip", "x-gzip", "deflate", "compress", "x-compress", "identity"]

  /// RFC 9112 section 9.3; `close` wins over everything else.
  private static func keepAlive(_ head: RequestHead) -> Bool {
    if head.contains(token: "close", in: .connection) { return false }
    return head.versionMinor == 1 || head.contains(token: "keep-alive", in: .connection)
  }

  /// Whether each Expect field says `100-continue`, the only expectation there is (RFC 9110 section 10.1.1).
  private static func isContinue(_ head: RequestHead) -> Bool {
    let storage = head.bytes
    let bytes = storage.span
    for field in head.headers where field.known == .expect {
      guard HTTPByte.equalIgnoringCase(bytes.extracting(field.value), "100-continue") else { return false }
    }
    return true
  }
}
