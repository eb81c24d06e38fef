/// The small grammars that several options share.
enum ConfigText {
  /// Longest name of a key's owner or an upstream: names go into headers, logs and metrics.
  static let nameBytesMax = 64

  /// A letter, a digit, or one of `. _ - @`.
  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "@"):
      true
    default: false
    }
  }

  /// What is wrong with the name of an owner or an upstream.
  static func mistake(inName name: String) -> String? {
    if name.utf8.count > nameBytesMax { return "is longer than \(nameBytesMax) bytes" }
    return name.utf8.allSatisfy(isNameByte) ? nil : "must be letters, digits and any of `. _ - @`"
  }

  /// A byte of a host name or an address (RFC 3986 section 3.2.2, without percent encoding).
  static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }

  /// A byte of a header field name: RFC 9110 section 5.6.2, `tchar`.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  /// `scheme://host` or `scheme://host:port`, as browsers send it (RFC 6454 section 6.2).
  ///
  /// Any scheme will do, since extensions and desktop applications have their own; `null` will not, since every
  /// sandboxed page has it.
  static func isWebOrigin(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return false }
    let scheme = text[..<colon].utf8
    guard let first = scheme.first, isLetter(first),
      scheme.allSatisfy({ isTokenByte($0) && ($0 | 0x20 != UInt8(ascii: "_")) })
    else { return false }
    let authority = text[colon...].dropFirst(3)
    return !authority.isEmpty && authority.utf8.allSatisfy { isHostByte($0) || $0 == 0x5B || $0 == 0x5D }
  }

  /// A proxy's URL as libcurl takes it: a known scheme, then something.
  static func isProxyURL(_ text: String) -> Bool {
    let schemes = ["http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://"]
    guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }) else { return false }
    let rest = text.dropFirst(scheme.count)
    return !rest.isEmpty && rest.first != "/" && rest.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
