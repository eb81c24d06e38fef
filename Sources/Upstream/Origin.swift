/// Where and how an upstream is reached, with everything that each request needs prepared once per configuration.
package final class Origin: Sendable {
  /// Whether TLS is used.
  package let isTLS: Bool
  /// Name or address; an IPv6 address in brackets.
  package let host: String
  package let port: UInt16
  /// In front of each request's target; empty for the root, else without a trailing `/`.
  package let basePath: String
  /// `nil`: as the environment says (`https_proxy`, `no_proxy` …); empty: none.
  package let proxy: String?
  /// A file of certificates to trust instead of the system's.
  package let authorities: String?
  /// Whether the server's certificate is checked.
  package let verifiesPeer: Bool
  /// `scheme://host:port/base`.
  let url: String
  /// The rest of a request line behind its target, and the fields that are the same for each request: `Host` (RFC 9112
  /// section 3.2), and that plain bytes are asked for; whatever comes is decoded all the same.
  let lineEndAndFields: [UInt8]

  package init(
    isTLS: Bool, host: String, port: UInt16, basePath: String = "", proxy: String? = nil, authorities: String? = nil,
    verifiesPeer: Bool = true
  ) {
    self.proxy = proxy
    self.authorities = authorities
    self.verifiesPeer = verifiesPeer
    self.isTLS = isTLS
    self.host = host
    self.port = port
    self.basePath = basePath
    // A default port is left out, as it is in the URL that the operator knows the upstream by.
    let authority = port == (isTLS ? 443 : 80) ? host : "\(host):\(port)"
    url = (isTLS ? "https://" : "http://") + authority + basePath
    lineEndAndFields = Array(" HTTP/1.1\r\nHost: \(authority)\r\nAccept-Encoding: identity\r\n".utf8)
  }

  /// Whether a connection to the other one may carry requests for this one.
  func sharesConnections(with other: Origin) -> Bool {
    self === other || (port == other.port && isTLS == other.isTLS && host == other.host)
  }

  /// The host as the resolver wants it: an IPv6 address without its brackets.
  var resolvableHost: String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }
}
