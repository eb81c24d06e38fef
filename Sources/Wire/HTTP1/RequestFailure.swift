/// Why a request could not be read. The connection that sent it cannot be trusted to be in step any more: the answer
/// carries ``status``, and the connection closes after it.
package struct RequestFailure: Error, Equatable, Sendable {
  /// What was wrong; a closed list, fit for log fields and metric labels.
  package enum Reason: String, CaseIterable, Sendable {
    case tlsHandshake, emptyLines, bareLineFeed, bareCarriageReturn
    case malformedRequestLine, invalidTarget, targetTooLong, unsupportedVersion, connectUnsupported
    case headTooLarge, tooManyHeaders
    case foldedHeader, spaceInHeaderName, invalidHeaderName, invalidHeaderValue
    case hostMissing, hostRepeated, hostInvalid
    case contentLengthInvalid, contentLengthRepeated, contentLengthWithTransferEncoding
    case transferEncodingInvalid, transferEncodingUnsupported, transferEncodingInHTTP10
    case contentTypeRepeated, expectationUnsupported, bodyTooLarge
    case chunkSizeInvalid, chunkExtensionInvalid, chunkExtensionTooLong, chunkEndInvalid, chunkOverheadTooLarge
    case trailersTooLarge, trailerForbidden
  }

  /// What was wrong.
  package var reason: Reason
  /// The cap that was exceeded, in the unit of ``RequestLimits``, where the reason is a cap.
  package var limit: Int?

  /// A failure for `reason`; `limit` is the cap that was exceeded, if that is the reason.
  package init(_ reason: Reason, limit: Int? = nil) {
    self.reason = reason
    self.limit = limit
  }

  /// The HTTP status of the answer: 400, 405, 413, 414, 417, 431, 501 or 505.
  package var status: Int {
    switch reason {
    case .connectUnsupported: 405
    case .bodyTooLarge: 413
    case .targetTooLong: 414
    case .expectationUnsupported: 417
    case .headTooLarge, .tooManyHeaders, .trailersTooLarge: 431
    case .transferEncodingUnsupported: 501
    case .unsupportedVersion: 505
    case .tlsHandshake, .emptyLines, .bareLineFeed, .bareCarriageReturn, .malformedRequestLine, .invalidTarget,
      .foldedHeader, .spaceInHeaderName, .invalidHeaderName, .invalidHeaderValue, .hostMissing, .hostRepeated,
      .hostInvalid, .contentLengthInvalid, .contentLengthRepeated, .contentLengthWithTransferEncoding,
      .transferEncodingInvalid, .transferEncodingInHTTP10, .contentTypeRepeated, .chunkSizeInvalid,
      .chunkExtensionInvalid, .chunkExtensionTooLong, .chunkEndInvalid, .chunkOverheadTooLarge, .trailerForbidden:
      400
    }
  }

  /// A sentence fragment for the error message; it never quotes what the client sent.
  package var detail: String {
    guard let limit else { return reason.text }
    return "\(reason.text) (the limit is \(limit))"
  }
}

extension RequestFailure.Reason {
  /// The reason in words.
  fileprivate var text: String {
    switch self {
    case .tlsHandshake: "the client speaks TLS to a port that serves plain HTTP; use http:// instead of https://"
    case .emptyLines: "there are too many empty lines before the request line"
    case .bareLineFeed: "a line ends with LF alone instead of CR LF"
    case .bareCarriageReturn: "there is a CR that no LF follows"
    case .malformedRequestLine: "the request line is not `method target HTTP/1.1`"
    case .invalidTarget: "the request target is not a path, an http(s) URL, or `*` with OPTIONS"
    case .targetTooLong: "the request target is too long"
    case .unsupportedVersion: "only HTTP/1.x is served here"
    case .connectUnsupported: "CONNECT is for proxies; this server is no tunnel"
    case .headTooLarge: "the header section has too many bytes"
    case .tooManyHeaders: "there are too many header fields"
    case .foldedHeader: "a header line starts with white space (obsolete line folding)"
    case .spaceInHeaderName: "there is white space between a header's name and its colon"
    case .invalidHeaderName: "a header line has no name, no colon or a forbidden byte in its name"
    case .invalidHeaderValue: "a header's value contains a control character"
    case .hostMissing: "the Host header is missing"
    case .hostRepeated: "there is more than one Host header"
    case .hostInvalid: "the host is not a valid name or address with an optional port"
    case .contentLengthInvalid: "Content-Length is not one decimal number in range"
    case .contentLengthRepeated: "there is more than one Content-Length header"
    case .contentLengthWithTransferEncoding: "there are both Content-Length and Transfer-Encoding"
    case .transferEncodingInvalid: "Transfer-Encoding does not end with chunked, or names it more than once"
    case .transferEncodingUnsupported: "Transfer-Encoding names a coding other than chunked"
    case .transferEncodingInHTTP10: "Transfer-Encoding does not exist in HTTP/1.0"
    case .contentTypeRepeated: "there are two Content-Type headers that differ"
    case .expectationUnsupported: "Expect asks for something other than 100-continue"
    case .bodyTooLarge: "the request body has too many bytes"
    case .chunkSizeInvalid: "a chunk's size is not a hexadecimal number in range followed by CR LF"
    case .chunkExtensionInvalid: "a chunk extension is not `;name` or `;name=value`"
    case .chunkExtensionTooLong: "a chunk extension has too many bytes"
    case .chunkEndInvalid: "a chunk's data is not followed by CR LF"
    case .chunkOverheadTooLarge: "the chunked body has far more framing than payload"
    case .trailersTooLarge: "the trailer section has too many bytes"
    case .trailerForbidden: "a trailer field tries to set the message's framing or host"
    }
  }
}
