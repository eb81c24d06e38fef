import CCurl

/// Why a transfer ended without a whole answer.
package struct TransferFailure: Error, Equatable, Sendable {
  /// What kind of fault it is, seen from the retry decision.
  package enum Kind: Equatable, Sendable {
    /// Name not resolved, connection refused or not made in time: the upstream has seen nothing.
    case unreachable
    /// The connection was made but not its TLS.
    case tls
    /// The connection broke, ended without an answer or in the middle of one.
    case disconnected
    /// The body ended before its announced length.
    case truncated
    /// What came was not HTTP, or a head beyond its cap.
    case invalidAnswer
  }

  package var kind: Kind
  /// The client's, the system's or libcurl's words; holds nothing of the request.
  package var message: String

  package init(kind: Kind, message: String) {
    self.kind = kind
    self.message = message
  }

  init(_ code: CURLcode, isConnected: Bool) {
    message = String(cString: curl_easy_strerror(code))
    kind =
      switch code {
      case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
        .unreachable
      case CURLE_PARTIAL_FILE: .truncated
      case CURLE_OPERATION_TIMEDOUT: isConnected ? .disconnected : .unreachable
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
        .tls
      case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
        CURLE_WRITE_ERROR, CURLE_TOO_LARGE_COMPAT,
        // What it says of a fold before the first field.
        CURLE_BAD_FUNCTION_ARGUMENT:
        .invalidAnswer
      default: .disconnected
      }
  }
}

/// Newer headers name code 100 `CURLE_TOO_LARGE`; a header block beyond libcurl's own limit ends with it.
private let CURLE_TOO_LARGE_COMPAT = CURLcode(rawValue: 100)

/// How a transfer ended.
package enum TransferEnd: Equatable, Sendable {
  /// The whole answer was delivered.
  case complete
  case failed(TransferFailure)
}
