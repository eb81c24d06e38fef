/// Where and how the gateway listens for clients.
package struct ListenOptions: Equatable, Sendable {
  /// An IPv4 or IPv6 address (without brackets) or a host name.
  package var host: String
  /// TCP port, 0...65535; 0 lets the system pick a free one.
  package var port: Int
  /// Allows an address other machines can reach although no client keys are configured.
  package var insecure: Bool
  /// Event loops, 0...256; 0 = one per core.
  package var loops: Int
  /// Further names, in lower case and without port, that a client's `Host` may have on a loopback address.
  package var allowedHosts: [String]
  /// What clients speak TLS with; nil for plain HTTP.
  package var tls: TLSOptions?

  package init(
    host: String = "127.0.0.1", port: Int = 8080, insecure: Bool = false, loops: Int = 0, allowedHosts: [String] = [],
    tls: TLSOptions? = nil
  ) {
    self.host = host
    self.port = port
    self.insecure = insecure
    self.loops = loops
    self.allowedHosts = allowedHosts
    self.tls = tls
  }

  /// Whether only this machine can reach the address: `localhost`, `::1` or 127.0.0.0/8 (RFC 6761, RFC 4291, RFC 1122).
  package var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
