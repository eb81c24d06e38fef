/// A request's head: the bytes as received and where in them everything is.
///
/// All ranges are offsets into ``bytes``. After a ``RequestFailure`` the head holds what had been understood until
/// then, everything else is at its initial value.
///
/// A class, because it is large and handed on several times per request: who gets it from a connection must be done
/// with it when the request is over, for the next one is read into the same object.
package final class RequestHead {
  /// Request line, header lines and the empty line, exactly as received; at most ``RequestLimits/headBytesMax``.
  package internal(set) var bytes: [UInt8] = []
  /// The method, see ``methodRange`` for its bytes.
  package internal(set) var method = HTTPMethod.other
  /// The method as sent.
  package internal(set) var methodRange = 0..<0
  /// The request target as sent.
  package internal(set) var targetRange = 0..<0
  /// The path, not percent-decoded; it starts with `/` or is `*`. An absolute-form target without a path has `/`.
  package internal(set) var pathRange = 0..<0
  /// The query without its `?`; nil when there is no `?`.
  package internal(set) var queryRange: Range<Int>?
  /// Host and port of an absolute-form target. They take the place of `Host`, see ``authority``.
  package internal(set) var authorityRange: Range<Int>?
  /// 1 for HTTP/1.1, 0 for HTTP/1.0.
  package internal(set) var versionMinor = 1
  /// The header fields in the order received; at most ``RequestLimits/headersMax``.
  package internal(set) var headers: [HeaderField] = []
  /// The known names among them: nearly every question about a field is about one that is not there.
  var names = HeaderNames()
  /// How the end of the body is found.
  package internal(set) var framing = BodyFraming.none
  /// Whether the client wants the connection to stay open after this exchange (RFC 9112 section 9.3).
  package internal(set) var keepAlive = false
  /// Whether the client waits for `100 Continue` before it sends a body (RFC 9110 section 10.1.1).
  package internal(set) var expectsContinue = false

  /// An empty head.
  package init() {}

  /// The host (and port) that the request is for: the target's own, else the `Host` header (RFC 9112 section 3.2.2).
  /// Nil only in HTTP/1.0.
  package var authority: Range<Int>? { authorityRange ?? first(.host) }

  /// The value of the first field called `name`.
  package func first(_ name: HeaderName) -> Range<Int>? {
    guard names.contains(name) else { return nil }
    // By index: a loop over the array would hold on to it.
    var index = 0
    while index < headers.count {
      if headers[index].known == name { return headers[index].value }
      index += 1
    }
    return nil
  }

  /// The bytes of `range` as text; invalid UTF-8 becomes U+FFFD.
  package func string(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// The value of the first field called `name`, as text.
  package func value(_ name: HeaderName) -> String? {
    first(name).map(string)
  }

  /// Whether `token` is an element of the comma-separated lists in all fields called `name`, ASCII case aside.
  package func contains(token: StaticString, in name: HeaderName) -> Bool {
    guard names.contains(name) else { return false }
    let storage = bytes
    let bytes = storage.span
    var found = false
    for field in headers where field.known == name && !found {
      HTTPByte.elements(of: field.value, in: bytes) { element in
        found = HTTPByte.equalIgnoringCase(bytes.extracting(element), token)
        return !found
      }
    }
    return found
  }

  /// Makes the head empty again. Storage is kept for the next head unless this one needed an unusual amount, so that
  /// one big head does not weigh on an idle connection.
  func removeAll() {
    if bytes.capacity <= Self.retainedBytesMax { bytes.removeAll(keepingCapacity: true) } else { bytes = [] }
    if headers.capacity <= Self.retainedHeadersMax { headers.removeAll(keepingCapacity: true) } else { headers = [] }
    names = HeaderNames()
    method = .other
    methodRange = 0..<0
    targetRange = 0..<0
    pathRange = 0..<0
    queryRange = nil
    authorityRange = nil
    versionMinor = 1
    framing = .none
    keepAlive = false
    expectsContinue = false
  }

  /// Capacity of ``bytes`` that survives ``removeAll()``; SDK requests have heads of 600 to 1200 bytes.
  private static let retainedBytesMax = 4 << 10
  /// Capacity of ``headers`` that survives ``removeAll()``; SDK requests have 10 to 25 fields.
  private static let retainedHeadersMax = 64
}
