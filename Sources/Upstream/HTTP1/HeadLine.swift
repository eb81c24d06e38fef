import Glibc
import Wire

/// What one line of an answer's head is, without its end. Whatever two readers could take differently is nothing: a
/// line folded into the next one, a name that is no token, a control character (RFC 9112 sections 2.2, 4 and 5).
enum HeadLine {
  case status
  case field(Field)
  /// The empty line behind the fields.
  case end
  case malformed

  /// Where the parts of a field's line are.
  struct Field {
    let nameEnd: Int
    let colon: Int
    let known: HeaderName?
  }

  init(_ text: UnsafeRawBufferPointer, startsHead: Bool) {
    if startsHead {
      self = HeadLine.isStatus(text) ? .status : .malformed
    } else if text.isEmpty {
      self = .end
    } else {
      self = HeadLine.field(text).map { .field($0) } ?? .malformed
    }
  }

  private static let protocolName: StaticString = "HTTP/1."

  /// `HTTP/1.x`, a space, three digits of which the first is not 0, and nothing or a space and any words.
  private static func isStatus(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 12, let base = text.baseAddress, memcmp(base, protocolName.utf8Start, 7) == 0 else {
      return false
    }
    guard isDigit(text[7]), text[8] == 0x20 else { return false }
    guard isDigit(text[9]), text[9] != 0x30, isDigit(text[10]), isDigit(text[11]) else { return false }
    guard text.count == 12 || text[12] == 0x20 else { return false }
    return areValue(text, from: 12)
  }

  /// A token, a colon, a value. White space before the colon is let through: it is no part of the name.
  private static func field(_ text: UnsafeRawBufferPointer) -> Field? {
    guard let base = text.baseAddress, let found = memchr(base, 0x3a, text.count) else { return nil }
    let colon = UnsafeRawPointer(found) - base
    guard areValue(text, from: colon + 1) else { return nil }
    var nameEnd = colon
    while nameEnd > 0, text[nameEnd - 1] == 0x20 || text[nameEnd - 1] == 0x09 { nameEnd -= 1 }
    let name = UnsafeRawBufferPointer(rebasing: text[..<nameEnd])
    // A name that is known is a token; only the others are looked at byte by byte.
    let known = HeaderName.named(Span(_unsafeBytes: name))
    guard known != nil || nameEnd > 0 && name.allSatisfy({ HTTPByte.isToken($0) }) else { return nil }
    return Field(nameEnd: nameEnd, colon: colon, known: known)
  }

  private static func areValue(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
    HTTPByte.fieldValueEnd(in: Span(_unsafeBytes: text), from: start) == text.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
