/// Header lines for libcurl, end to end in one buffer, each closed by a NUL.
package struct HeaderLines: Sendable {
  private(set) var bytes: [UInt8] = []
  /// How many lines there are.
  private(set) var count = 0

  package init() {}

  /// Adds `name: value`. A value with CR, LF or NUL is refused: it could be read as further lines.
  ///
  /// - Returns: whether the line was added.
  @discardableResult
  package mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    for index in value.indices {
      let byte = value[index]
      if byte == 0x0d || byte == 0x0a || byte == 0 { return false }
    }
    name.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    // libcurl takes `name:` for "do not send it"; an empty value is written `name;`.
    if value.isEmpty {
      bytes.append(0x3b)
    } else {
      bytes.append(0x3a)
      bytes.append(0x20)
      value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
    bytes.append(0)
    count += 1
    return true
  }

  /// Adds `name: value`, by the same rule.
  @discardableResult
  package mutating func append(_ name: String, _ value: [UInt8]) -> Bool { append(name.utf8.span, value.span) }

  /// Adds the lines of another list.
  package mutating func append(_ other: HeaderLines) {
    bytes += other.bytes
    count += other.count
  }

  @discardableResult
  package mutating func append(_ name: String, _ value: String) -> Bool {
    append(name.utf8.span, value.utf8.span)
  }

  /// Keeps libcurl from sending a field by itself.
  package mutating func suppress(_ name: String) {
    bytes.append(contentsOf: name.utf8)
    bytes.append(0x3a)
    bytes.append(0)
    count += 1
  }

  /// Takes out every line of that name, in any case.
  package mutating func remove(_ name: String) {
    let wanted = Array(name.utf8.map(HeaderLines.lowered))
    var kept: [UInt8] = []
    for line in bytes.split(separator: 0) {
      let found = line.prefix { $0 != 0x3a && $0 != 0x3b }
      if found.lazy.map(HeaderLines.lowered).elementsEqual(wanted) {
        count -= 1
      } else {
        kept += line
        kept.append(0)
      }
    }
    bytes = kept
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
}

/// One request to an upstream, as libcurl is to send it.
package struct TransferSpec {
  /// Which protocol version is spoken.
  package enum HTTPVersion: Sendable {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    case automatic
    case http1
    /// HTTP/2 from the first byte, also without TLS ("prior knowledge").
    case http2
  }

  package var method: String
  package var url: String
  package var headers: HeaderLines
  /// `nil`: no body at all.
  package var body: [UInt8]?
  package var connectTimeout: Duration
  package var version: HTTPVersion
  /// `nil`: as the environment says (`https_proxy`, `no_proxy` …); empty: none.
  package var proxy: String?
  /// A file of certificates to trust instead of the system's.
  package var authorities: String?
  package var verifiesPeer: Bool
  /// Bytes of libcurl's receive buffer: the most that one `transferReceivedBody` brings.
  package var receiveBufferBytes: Int

  package init(
    method: String, url: String, headers: HeaderLines, body: [UInt8]?, connectTimeout: Duration,
    version: HTTPVersion = .automatic, proxy: String? = nil, authorities: String? = nil, verifiesPeer: Bool = true,
    receiveBufferBytes: Int = 16 * 1024
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.version = version
    self.proxy = proxy
    self.authorities = authorities
    self.verifiesPeer = verifiesPeer
    self.receiveBufferBytes = receiveBufferBytes
  }
}
