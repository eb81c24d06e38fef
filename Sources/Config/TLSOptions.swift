/// The certificate that clients are shown, with the content of its files: a reload sees that only that has changed.
package struct TLSOptions: Equatable, Sendable {
  /// Where the certificates are: the gateway's own first, then those that lead to an authority.
  package var certFile: String
  /// Where the private key is.
  package var keyFile: String
  /// The certificates, PEM.
  package var certificates: [UInt8]
  /// The private key, PEM.
  package var key: Secret

  package init(certFile: String, keyFile: String, certificates: [UInt8], key: Secret) {
    self.certFile = certFile
    self.keyFile = keyFile
    self.certificates = certificates
    self.key = key
  }
}

/// Why a certificate and its key cannot be used, and whose fault it is.
package struct CertificateMistake: Error, Equatable, Sendable {
  /// Whether it is the key's, not the certificate's.
  package var isInKey: Bool
  /// What is wrong.
  package var message: String

  package init(isInKey: Bool, message: String) {
    self.isInKey = isInKey
    self.message = message
  }
}

/// Makes sure that a certificate and its key can be used; returns what an operator should know all the same.
package typealias CertificateCheck = (_ options: TLSOptions) throws(CertificateMistake) -> String?
