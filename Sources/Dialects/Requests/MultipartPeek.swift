import Wire

/// What the gateway needs to know of a `multipart/form-data` body (RFC 7578): the `model` and `stream` fields.
package struct MultipartPeek: Equatable, Sendable {
  /// The value of the first `model` field; nil when there is none.
  package private(set) var model: String?
  /// The place of that value in the body.
  package private(set) var modelRange: Range<Int>?
  /// Whether a `stream` field says `true`.
  package private(set) var stream = false

  /// Most parts that are looked at.
  package static let partsMax = 64
  /// Longest head of a part.
  package static let partHeadBytesMax = 8 << 10

  /// Why a body cannot be read.
  package enum Failure: Error, Equatable, Sendable {
    /// The content type is not `multipart/form-data` with a boundary of 1 to 70 characters (RFC 2046, section 5.1.1).
    case noBoundary
    /// The body does not begin with a delimiter, or a part has no proper head or end.
    case malformed
    case tooManyParts
    /// `model` is empty or longer than `RequestPeek.modelBytesMax`.
    case invalidModel
  }

  /// Reads `body`, whose header field `Content-Type` is `contentType`. Contents of files are skipped, not looked at.
  package static func read(_ body: Span<UInt8>, contentType: String) throws(Failure) -> MultipartPeek {
    guard let boundary = boundary(of: contentType) else { throw .noBoundary }
    let dashes = Array("--".utf8) + boundary
    let delimiter = [0x0D, 0x0A] + dashes
    var peek = MultipartPeek()
    // The first delimiter may stand at the very start, without a line end before it; text before it is allowed.
    var position: Int
    if body.starts(with: dashes, at: 0) {
      position = dashes.count
    } else {
      guard let first = body.firstIndex(of: delimiter, in: 0..<body.count) else { throw .malformed }
      position = first + delimiter.count
    }
    for _ in 0..<partsMax {
      if body.starts(with: Array("--".utf8), at: position) { return peek }
      guard let start = body.endOfLine(from: position), let head = PartHead(body, from: start),
        let end = body.firstIndex(of: delimiter, in: head.end..<body.count)
      else { throw .malformed }
      try peek.note(head.name, head.end..<end, in: body)
      position = end + delimiter.count
    }
    throw .tooManyParts
  }

  private mutating func note(_ name: [UInt8]?, _ value: Range<Int>, in body: Span<UInt8>) throws(Failure) {
    guard let name else { return }
    if name.elementsEqual("model".utf8), modelRange == nil {
      guard (1...RequestPeek.modelBytesMax).contains(value.count) else { throw .invalidModel }
      modelRange = value
      model = String(decoding: [UInt8](copying: value, of: body), as: UTF8.self)
    } else if name.elementsEqual("stream".utf8) {
      stream = body.equals("true", in: value)
    }
  }

  /// The boundary that a `multipart/form-data` content type names, as a token or quoted.
  static func boundary(of contentType: String) -> [UInt8]? {
    let parts = contentType.split(separator: ";")
    guard let type = parts.first, type.trimmedBlanks.lowercased() == "multipart/form-data" else { return nil }
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].trimmedBlanks.lowercased() == "boundary" else { continue }
      var value = pair[1].trimmedBlanks
      if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
      return (1...70).contains(value.utf8.count) ? Array(value.utf8) : nil
    }
    return nil
  }
}

/// The header section of one part.
private struct PartHead {
  /// The `name` of its content disposition.
  var name: [UInt8]?
  /// Index of the first byte of its content.
  var end: Int

  /// Reads the lines from `start` up to the empty one; nil when that does not come soon.
  init?(_ body: Span<UInt8>, from start: Int) {
    var position = start
    while position - start <= MultipartPeek.partHeadBytesMax, let next = body.endOfLine(from: position) {
      if next == position + 2 {
        end = next
        return
      }
      let prefix = "content-disposition:"
      let field = String(decoding: [UInt8](copying: position..<next - 2, of: body), as: UTF8.self)
      if field.prefix(prefix.count).lowercased() == prefix { name = Self.name(in: field.dropFirst(prefix.count)) }
      position = next
    }
    return nil
  }

  /// The `name` parameter of a content disposition; its value may be quoted and hold escaped quotes.
  private static func name(in field: Substring) -> [UInt8]? {
    var rest = field
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard rest.prefix(5).lowercased() == "name=" else {
        // A quoted value of another parameter may hold a semicolon: step over it.
        if let quote = rest.firstIndex(of: "\""), quote < rest.firstIndex(of: ";") ?? rest.endIndex {
          let after = rest[rest.index(after: quote)...]
          rest = after[(after.firstIndex(of: "\"") ?? after.endIndex)...].dropFirst()
        }
        continue
      }
      rest = rest.dropFirst(5)
      guard rest.first == "\"" else { return Array(rest.prefix { $0 != ";" && $0 != " " }.utf8) }
      return Array(rest.dropFirst().prefix { $0 != "\"" }.utf8)
    }
    return nil
  }
}

extension Span<UInt8> {
  /// The index behind the CR LF that ends the line at `start`.
  fileprivate func endOfLine(from start: Int) -> Int? {
    firstIndex(of: [0x0D, 0x0A], in: start..<max(start, count)).map { $0 + 2 }
  }
}

extension Substring {
  /// Without blanks at either end.
  fileprivate var trimmedBlanks: Substring {
    var trimmed = drop { $0 == " " || $0 == "\t" }
    while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
    return trimmed
  }
}
