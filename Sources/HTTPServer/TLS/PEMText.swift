import CSSL

/// Reads what PEM files hold (RFC 7468).
enum PEMText {
  /// Certificates of one chain.
  static let certificatesMax = 16

  /// Owns a certificate.
  final class Certificate {
    let raw: OpaquePointer
    init(_ raw: OpaquePointer) { self.raw = raw }
    deinit { X509_free(raw) }
  }

  /// Owns a private key.
  final class Key {
    let raw: OpaquePointer
    init(_ raw: OpaquePointer) { self.raw = raw }
    deinit { EVP_PKEY_free(raw) }
  }

  static func certificates(_ text: [UInt8]) throws(TLSFailure) -> [Certificate] {
    let bio = reader(text)
    defer { BIO_free(bio) }
    ERR_clear_error()
    var certificates: [Certificate] = []
    while let raw = PEM_read_bio_X509(bio, nil, nil, nil) {
      certificates.append(Certificate(raw))
      guard certificates.count <= certificatesMax else {
        throw .certificate("has more than \(certificatesMax) certificates in it")
      }
    }
    guard sluice_pem_is_over() == 1 else { throw .certificate("has a broken certificate in it") }
    return certificates
  }

  static func key(_ text: [UInt8]) throws(TLSFailure) -> Key {
    let bio = reader(text)
    defer { BIO_free(bio) }
    ERR_clear_error()
    var isEncrypted = false
    // Without an answer of ours OpenSSL would ask the terminal for the pass phrase.
    let raw = PEM_read_bio_PrivateKey(
      bio, nil,
      { _, _, _, context in
        context?.assumingMemoryBound(to: Bool.self).pointee = true
        return -1
      }, &isEncrypted)
    if let raw { return Key(raw) }
    if isEncrypted { throw .key("needs a pass phrase; a key without one is wanted") }
    throw .key("has no PEM private key that can be read")
  }

  /// Reads a copy of the text.
  private static func reader(_ text: [UInt8]) -> OpaquePointer? {
    let bio = BIO_new(BIO_s_mem())
    _ = text.withUnsafeBytes { BIO_write(bio, $0.baseAddress, Int32($0.count)) }
    return bio
  }
}
