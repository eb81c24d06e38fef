/// A key that clients present; whoever has it is the owner of what it starts.
package struct ClientKey: Equatable, Sendable {
  /// What the gateway knows of the key.
  package enum Credential: Equatable, Sendable {
    /// The key itself.
    case key(Secret)
    /// The SHA-256 digest of the key, 32 bytes.
    case sha256([UInt8])
  }

  /// The owner's name, unique; appears in logs.
  package var name: String
  /// The key or its digest.
  package var credential: Credential
  /// Whether the owner sees and may stop everyone's requests.
  package var admin: Bool

  package init(name: String, credential: Credential, admin: Bool = false) {
    self.name = name
    self.credential = credential
    self.admin = admin
  }
}
