import Config
import Policy
import Upstream
import Wire

/// Compresses whole bodies for clients that accept it. Streams never are: a compressor holds events back.
enum Compression {
  struct Encoded {
    var bytes: [UInt8]
    var isGzip: Bool
    var mayVary: Bool

    func appendFields(to out: inout [UInt8]) {
      if isGzip { ResponseHeadWriter.appendField("Content-Encoding", "gzip", to: &out) }
      if mayVary { ResponseHeadWriter.appendField("Vary", "Accept-Encoding", to: &out) }
    }
  }

  /// Fast rather than small: most clients sit on the same machine or network.
  private static let level = 3

  static func apply(_ body: [UInt8], type: String?, head: RequestHead, snapshot: Snapshot) -> Encoded {
    guard snapshot.configuration.compression, body.count > Limits.compressFromBytes, isText(type) else {
      return Encoded(bytes: body, isGzip: false, mayVary: false)
    }
    guard acceptsGzip(head.value(.acceptEncoding)), let packed = Gzip.compress(body, level: level),
      packed.count < body.count
    else { return Encoded(bytes: body, isGzip: false, mayVary: true) }
    return Encoded(bytes: packed, isGzip: true, mayVary: true)
  }

  /// Whether `gzip` or `*` is listed with a weight other than 0 (RFC 9110 section 12.5.3).
  static func acceptsGzip(_ value: String?) -> Bool {
    guard let value else { return false }
    var star = false
    for element in value.lowercased().split(separator: ",") {
      let parts = element.split(separator: ";").map(\.trimmed)
      let isRefused = parts.dropFirst().contains { part in
        part.hasPrefix("q=") && part.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
      }
      if parts.first == "gzip" || parts.first == "x-gzip" { return !isRefused }
      if parts.first == "*" { star = !isRefused }
    }
    return star
  }

  private static func isText(_ type: String?) -> Bool {
    guard let type = type?.lowercased() else { return false }
    return MediaType.isJSON(type) || type.hasPrefix("text/") || type.contains("+json")
  }
}

/// Reads `Content-Type` values (RFC 9110 section 8.3.1).
enum MediaType {
  /// The same for an upstream's answer, where the usual spelling needs no copy.
  static func isJSON(_ head: UpstreamHead) -> Bool {
    head.hasMediaType("application/json")
  }

  /// Whether the type is `application/json` itself; `application/jsonl` and the like are streams of lines.
  static func isJSON(_ value: String?) -> Bool {
    guard let value else { return false }
    let name = value.prefix { $0 != ";" }
    return name.trimmed.lowercased() == "application/json"
  }
}
