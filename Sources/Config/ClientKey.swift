import Policy

/// A key that clients present; whoever has it is the owner of what it starts.
package struct ClientKey: Equatable, Sendable {
  /// What the gateway knows of the key.
  package enum Credential: Equatable, Sendable {
    /// The key itself.
    case key(Secret)
    /// The SHA-256 digest of the key's UTF-8.
    case sha256(Digest)
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

  /// The digest that a presented key is compared with.
  package var digest: Digest {
    switch credential {
    case .key(let secret): Digest(sha256: secret.value)
    case .sha256(let digest): digest
    }
  }
}
