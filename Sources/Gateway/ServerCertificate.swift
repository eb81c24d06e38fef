import Config
import HTTPServer

/// The certificate that clients are shown.
package enum ServerCertificate {
  /// Makes sure that the certificate and its key can be used.
  ///
  /// - Returns: what an operator should know all the same: one that has expired is used, because a clock that is wrong
  ///   must not keep the gateway from starting, and clients judge for themselves.
  package static func check(_ options: TLSOptions) throws(CertificateMistake) -> String? {
    try context(options).notice
  }

  /// What new connections speak TLS with.
  static func context(_ options: TLSOptions) throws(CertificateMistake) -> TLSContext {
    do throws(TLSFailure) {
      return try TLSContext(certificates: options.certificates, key: Array(options.key.value.utf8))
    } catch {
      switch error {
      case .certificate(let message): throw CertificateMistake(isInKey: false, message: message)
      case .key(let message): throw CertificateMistake(isInKey: true, message: message)
      }
    }
  }
}
