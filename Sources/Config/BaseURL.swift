/// The address of an upstream's API: `http` or `https`, host, optional port, optional path (RFC 3986 section 3).
///
/// Query, fragment and credentials are refused: requests append their own path and query to it.
package struct BaseURL: Equatable, Sendable {
  /// The whole URL as given, without a trailing `/`: a request's path after `/v1` is appended to it.
  package let text: String
  /// Whether TLS is used.
  package let isTLS: Bool
  /// Host name or address in lower case; an IPv6 address in brackets.
  package let host: String
  /// TCP port; 80 or 443 where the URL gives none.
  package let port: Int
  /// Path without a trailing `/`; empty for the root.
  package let path: String

  /// Reads a URL; the error is an English sentence fragment about it.
  package init(_ given: String) throws(BaseURLFailure) {
    guard given.utf8.count <= BaseURL.bytesMax else { throw BaseURLFailure(message: "is longer than 2048 bytes") }
    guard given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
    else { throw BaseURLFailure(message: "contains a space, quote, backslash or non-ASCII character") }
    var rest = given[...]
    isTLS = try BaseURL.takeScheme(&rest)
    for (mark, name) in [("?", "a query"), ("#", "a fragment")] where rest.contains(Character(mark)) {
      throw BaseURLFailure(message: "must not have \(name)")
    }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.contains("@") else {
      throw BaseURLFailure(message: "must not have credentials; use `key` or `key_file`")
    }
    (host, port) = try BaseURL.split(authority, isTLS: isTLS)
    var tail = rest[authority.endIndex...]
    while tail.last == "/" { tail.removeLast() }
    path = String(tail)
    text = (isTLS ? "https://" : "http://") + authority.lowercased() + path
  }

  /// Longest URL accepted.
  static let bytesMax = 2048

  private static func takeScheme(_ rest: inout Substring) throws(BaseURLFailure) -> Bool {
    for (scheme, isTLS) in [("https://", true), ("http://", false)] {
      if rest.prefix(scheme.count).lowercased() == scheme {
        rest = rest.dropFirst(scheme.count)
        return isTLS
      }
    }
    throw BaseURLFailure(message: "must start with http:// or https://")
  }

  private static func split(_ authority: Substring, isTLS: Bool) throws(BaseURLFailure) -> (String, Int) {
    var host = authority
    var port: Substring?
    if authority.first == "[" {
      guard let close = authority.firstIndex(of: "]") else {
        throw BaseURLFailure(message: "has an IPv6 address without its closing bracket")
      }
      host = authority[...close]
      let after = authority[authority.index(after: close)...]
      guard after.isEmpty || after.first == ":" else { throw BaseURLFailure(message: "has no valid host") }
      port = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    guard isHost(host) else { throw BaseURLFailure(message: "has no valid host") }
    guard let port else { return (host.lowercased(), isTLS ? 443 : 80) }
    guard port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(port), (1...65535).contains(number)
    else { throw BaseURLFailure(message: "has a port that is not a number from 1 to 65535") }
    return (host.lowercased(), number)
  }

  /// A name, an IPv4 address, or an IPv6 address in brackets.
  private static func isHost(_ host: Substring) -> Bool {
    if host.first == "[" {
      return host.utf8.count > 3 && host.dropFirst().dropLast().utf8.allSatisfy(ConfigText.isHostByte)
    }
    return !host.isEmpty && host.utf8.allSatisfy { ConfigText.isHostByte($0) && $0 != UInt8(ascii: ":") }
  }
}

/// Why a text is no base URL.
package struct BaseURLFailure: Error, Equatable, Sendable {
  /// An English sentence fragment that follows the name of the option.
  package let message: String

  package init(message: String) {
    self.message = message
  }
}
