import CSSL

/// Why a certificate and its key cannot be used.
package enum TLSFailure: Error, Equatable, Sendable {
  /// Something is wrong with the certificates.
  case certificate(String)
  /// Something is wrong with the key, or it belongs to another certificate.
  case key(String)
}

/// What the sessions of a server have in common: certificate, key, the versions and ciphers that are spoken.
///
/// OpenSSL's own reference counts keep it alive for the sessions that were made from it, and its locks make it safe to
/// share between loops; that is why `@unchecked Sendable` is sound.
package final class TLSContext: @unchecked Sendable {
  /// Forward secrecy and authenticated encryption only (RFC 9325); TLS 1.3 has nothing else anyway.
  private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
  /// The protocols of ALPN in wire form (RFC 7301): `http/1.1`.
  private static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

  let raw: OpaquePointer

  /// For a server.
  ///
  /// - Parameters:
  ///   - certificates: PEM; the server's own first, then those that lead to an authority.
  ///   - key: PEM, without a pass phrase.
  package convenience init(certificates: [UInt8], key: [UInt8]) throws(TLSFailure) {
    self.init(TLS_server_method())
    SSL_CTX_set_cipher_list(raw, TLSContext.ciphers)
    SSL_CTX_set_alpn_select_cb(raw, TLSContext.selectProtocol, nil)
    try use(try PEMText.certificates(certificates), PEMText.key(key))
  }

  /// For a client that does not look at the server's certificate.
  static func unverifyingClient() -> TLSContext { TLSContext(TLS_client_method()) }

  private init(_ method: OpaquePointer?) {
    guard let raw = SSL_CTX_new(method) else { fatalError("no memory for TLS") }
    self.raw = raw
    sluice_ssl_set_defaults(raw)
  }

  deinit { SSL_CTX_free(raw) }

  /// What an operator should know about a certificate that can be used all the same; `nil` for nothing.
  package var notice: String? {
    guard let certificate = SSL_CTX_get0_certificate(raw) else { return nil }
    if X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0 { return "has expired" }
    if X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 { return "is not valid yet" }
    return nil
  }

  private func use(_ certificates: [PEMText.Certificate], _ key: PEMText.Key) throws(TLSFailure) {
    guard let own = certificates.first else { throw .certificate("has no PEM certificate in it") }
    guard X509_check_private_key(own.raw, key.raw) == 1 else {
      throw .key("is not the key of the certificate")
    }
    ERR_clear_error()
    guard SSL_CTX_use_certificate(raw, own.raw) == 1 else { throw .certificate(TLSContext.lastReason) }
    guard SSL_CTX_use_PrivateKey(raw, key.raw) == 1 else { throw .key(TLSContext.lastReason) }
    for certificate in certificates.dropFirst() {
      X509_up_ref(certificate.raw)
      guard sluice_ssl_add_chain(raw, certificate.raw) == 1 else {
        X509_free(certificate.raw)
        throw .certificate(TLSContext.lastReason)
      }
    }
  }

  /// OpenSSL's words for the last thing that went wrong on this thread.
  private static var lastReason: String {
    ERR_reason_error_string(ERR_peek_last_error()).map { "cannot be used: " + String(cString: $0) }
      ?? "cannot be used"
  }

  /// A client that offers protocols, but not this one, cannot be served: with HTTP/2 it would send something else.
  private static let selectProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, chosenLength, offered, length, _ in
    guard let chosen, let chosenLength, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    var index = 0
    while index < Int(length) {
      let count = Int(offered[index])
      let name = UnsafeBufferPointer(start: offered + index + 1, count: min(count, Int(length) - index - 1))
      if name.elementsEqual(protocols.dropFirst()) {
        chosen.pointee = offered + index + 1
        chosenLength.pointee = UInt8(count)
        return SSL_TLSEXT_ERR_OK
      }
      index += count + 1
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
}
