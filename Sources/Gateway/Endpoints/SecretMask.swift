import Config
import Dialects
import Upstream
import Wire

/// Takes the gateway's own credentials out of what an upstream says to clients: some echo the key that they refuse.
///
/// Looked through are header fields and errors, where such echoes are met, not the text of answers. Found is the secret
/// as it was sent, byte for byte.
struct SecretMask: Sendable {
  /// Shorter values are no secrets, and would be found everywhere.
  private static let bytesMin = 8

  private let secrets: [[UInt8]]

  /// The keys of an upstream, and what its configured header fields hold.
  init(_ options: HTTPUpstreamOptions) {
    var secrets = options.headers.map(\.value.value)
    if case .keys(let keys) = options.auth { secrets += keys.map(\.value) }
    self.secrets = secrets.map { Array($0.utf8) }.filter { $0.count >= SecretMask.bytesMin }
  }

  /// Overwrites every secret in `bytes` with asterisks, as many as it is long.
  func apply(to bytes: inout [UInt8]) {
    for secret in secrets {
      var start = 0
      while let hit = bytes.span.firstIndex(of: secret, in: start..<bytes.count) {
        start = hit + secret.count
        for index in hit..<start { bytes[index] = 0x2a }
      }
    }
  }

  /// The same for an answer's header fields.
  func apply(to head: inout UpstreamHead) { head.edit { apply(to: &$0) } }

  /// What an upstream said went wrong, without secrets.
  func applied(to error: PeekedError) -> PeekedError {
    PeekedError(
      message: applied(to: error.message), type: applied(to: error.type), code: applied(to: error.code),
      param: applied(to: error.param))
  }

  /// `text` without secrets.
  private func applied(to text: String?) -> String? {
    guard let text, !secrets.isEmpty else { return text }
    var bytes = Array(text.utf8)
    apply(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
