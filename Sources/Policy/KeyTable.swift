/// Whom a request belongs to: what one owner started, stored or may stop is closed to the others.
package struct Owner: Hashable, Sendable {
  /// Made from the key itself, so that it means the same owner after a reload of the configuration, whatever the order
  /// of the keys there. Not to be printed.
  package var id: Int
  /// The configured name, for logs and listings.
  package var name: String
  /// Whether this owner may also see and stop what others started.
  package var isAdmin: Bool

  package init(id: Int, name: String, isAdmin: Bool) {
    self.id = id
    self.name = name
    self.isAdmin = isAdmin
  }

  /// Everybody, on a gateway without configured keys: one owner who owns everything.
  package static let anonymous = Owner(id: 0, name: "anonymous", isAdmin: true)
}

/// One configured client key.
package struct KeyEntry: Equatable, Sendable {
  /// The owner's name.
  package var name: String
  /// SHA-256 of the secret's UTF-8.
  package var digest: Digest
  /// Whether its owner may see and stop what others started.
  package var isAdmin: Bool

  package init(name: String, digest: Digest, isAdmin: Bool = false) {
    self.name = name
    self.digest = digest
    self.isAdmin = isAdmin
  }
}

/// The client keys of one configuration snapshot. Bounded by the configuration file; looked up once per request, at a
/// cost that does not depend on how many there are.
package struct KeyTable: Equatable, Sendable {
  /// In the order of the configuration.
  package let entries: [KeyEntry]
  private let owners: [Digest: Owner]

  /// A table of configured keys; empty for a gateway that asks nobody.
  package init(_ entries: [KeyEntry] = []) {
    self.entries = entries
    owners = Dictionary(entries.map { ($0.digest, Self.owner(of: $0)) }, uniquingKeysWith: { first, _ in first })
  }

  /// Without keys the gateway asks nobody who they are.
  package var isEmpty: Bool { entries.isEmpty }

  /// The owner whose key was presented; nil when it is nobody's.
  ///
  /// The time tells nothing about the keys: what is looked up is the digest of the secret, in a table whose order is up
  /// to a hash with a seed of this process's own, and digests are compared in full. Of two entries with one key the
  /// first counts.
  package func owner(presenting secret: Span<UInt8>) -> Owner? {
    owners[Digest(sha256: secret)]
  }

  private static func owner(of entry: KeyEntry) -> Owner {
    Owner(id: id(of: entry.digest), name: entry.name, isAdmin: entry.isAdmin)
  }

  /// 62 bits of the digest, never 0: two owners share an id with a chance of 2⁻⁶², and none is the anonymous one.
  private static func id(of digest: Digest) -> Int {
    let word = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(word >> 2) | 1
  }
}
