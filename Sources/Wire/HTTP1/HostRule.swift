/// What may stand in `Host` and in the authority of a target: `uri-host [ ":" port ]` (RFC 9110 section 7.2).
enum HostRule {
  /// Whether `value` is a non-empty registered name, IPv4 address or bracketed IPv6 address, with an optional port of
  /// at most 65535. User information (`user@host`) is refused, see RFC 9110 section 4.2.4.
  static func isValid(_ value: Span<UInt8>) -> Bool {
    guard let hostEnd = value.count > 0 && value[0] == 0x5B ? literalEnd(value) : nameEnd(value) else { return false }
    guard hostEnd < value.count else { return true }
    return value[hostEnd] == HTTPByte.colon && isPort(value.extracting(hostEnd + 1..<value.count))
  }

  /// The end of a registered name or IPv4 address at the start of `value`; nil when it is empty or malformed.
  private static func nameEnd(_ value: Span<UInt8>) -> Int? {
    var end = 0
    while end < value.count, value[end] != HTTPByte.colon {
      if value[end] == 0x25 {
        guard end + 2 < value.count, HTTPByte.hexDigit(value[end + 1]) != nil, HTTPByte.hexDigit(value[end + 2]) != nil
        else { return nil }
        end += 3
      } else {
        guard HTTPByte.isHostName(value[end]) else { return nil }
        end += 1
      }
    }
    return end > 0 ? end : nil
  }

  /// The end of `[…]`; only the characters of the address are checked, the shortest one is `::`.
  private static func literalEnd(_ value: Span<UInt8>) -> Int? {
    var end = 1
    while end < value.count,
      value[end] == HTTPByte.colon || value[end] == 0x2E || HTTPByte.hexDigit(value[end]) != nil
    {
      end += 1
    }
    guard end > 2, end < value.count, value[end] == 0x5D else { return nil }
    return end + 1
  }

  /// An empty port is legal and means the default one (RFC 3986 section 3.2.3).
  private static func isPort(_ digits: Span<UInt8>) -> Bool {
    guard digits.count <= 5 else { return false }
    var port = 0
    for index in digits.indices {
      guard let digit = HTTPByte.digit(digits[index]) else { return false }
      port = port * 10 + digit
    }
    return port <= 65535
  }
}
