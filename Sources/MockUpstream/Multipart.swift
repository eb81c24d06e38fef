/// One part of a multipart body, as much of it as tests compare.
struct MultipartPart: Equatable, Sendable {
  var name: String
  var filename: String?
  var contentType: String?
  var size: Int
  var crc32: UInt32
  /// The content of parts without a filename.
  var text: String?
}

/// Reads `multipart/form-data` (RFC 7578); small and strict, only for what HTTP clients really send.
enum Multipart {
  /// The parts, or nil when the body does not fit its boundary.
  static func parse(_ body: [UInt8], contentType: String) -> [MultipartPart]? {
    guard let boundary = parameter("boundary", of: contentType) else { return nil }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter has no CRLF before it.
    var rest = (Array("\r\n".utf8) + body)[...]
    guard let first = rest.firstIndex(of: delimiter) else { return nil }
    rest = rest[(first + delimiter.count)...]
    var parts: [MultipartPart] = []
    while !rest.starts(with: Array("--".utf8)) {
      guard rest.starts(with: Array("\r\n".utf8)), let end = rest.firstIndex(of: delimiter) else { return nil }
      guard let part = part(rest[(rest.startIndex + 2)..<end]) else { return nil }
      parts.append(part)
      rest = rest[(end + delimiter.count)...]
    }
    return parts
  }

  private static func part(_ bytes: ArraySlice<UInt8>) -> MultipartPart? {
    guard let headEnd = bytes.firstIndex(of: Array("\r\n\r\n".utf8)) else { return nil }
    let content = bytes[(headEnd + 4)...]
    let head = String(decoding: bytes[..<headEnd], as: UTF8.self)
    var part = MultipartPart(name: "", size: content.count, crc32: CRC32.checksum(content))
    for line in head.split(separator: "\r\n") {
      let pair = line.split(separator: ":", maxSplits: 1)
      guard pair.count == 2 else { return nil }
      let value = String(pair[1].drop { $0 == " " })
      switch pair[0].lowercased() {
      case "content-disposition":
        part.name = parameter("name", of: value) ?? ""
        part.filename = parameter("filename", of: value)
      case "content-type": part.contentType = value
      default: break
      }
    }
    if part.filename == nil { part.text = String(decoding: content, as: UTF8.self) }
    return part
  }

  /// The value of a `; name=value` parameter, with or without quotes.
  private static func parameter(_ name: String, of header: String) -> String? {
    for piece in header.split(separator: ";").dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1)
      let key = pair[0].drop { $0 == " " }
      guard pair.count == 2, key.lowercased() == name else { continue }
      let value = pair[1]
      return value.hasPrefix("\"") ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value)
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  /// Where `needle` begins.
  fileprivate func firstIndex(of needle: [UInt8]) -> Int? {
    guard let head = needle.first else { return startIndex }
    var from = startIndex
    while let candidate = self[from...].firstIndex(of: head) {
      if self[candidate...].starts(with: needle) { return candidate }
      from = candidate + 1
    }
    return nil
  }
}
