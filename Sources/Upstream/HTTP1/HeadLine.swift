import Wire

/// What one line of an answer's head is, line end included. Whatever two readers could take differently is nothing: a
/// line folded into the next one, a name that is no token, a control character (RFC 9112 sections 2.2, 4 and 5).
enum HeadLine {
  case status
  case field
  /// The empty line behind the fields.
  case end
  case malformed

  init(_ line: UnsafeRawBufferPointer, startsHead: Bool) {
    var end = line.count
    if end > 0, line[end - 1] == 0x0a { end -= 1 }
    if end > 0, line[end - 1] == 0x0d { end -= 1 }
    let text = UnsafeRawBufferPointer(rebasing: line[..<end])
    if startsHead {
      self = HeadLine.isStatus(text) ? .status : .malformed
    } else if text.isEmpty {
      self = .end
    } else {
      self = HeadLine.isField(text) ? .field : .malformed
    }
  }

  /// `HTTP/1.x`, a space, three digits of which the first is not 0, and nothing or a space and any words.
  private static func isStatus(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 12, text.starts(with: "HTTP/1.".utf8), isDigit(text[7]), text[8] == 0x20 else { return false }
    guard isDigit(text[9]), text[9] != 0x30, isDigit(text[10]), isDigit(text[11]) else { return false }
    guard text.count == 12 || text[12] == 0x20 else { return false }
    return areValue(text, from: 12)
  }

  /// A token, a colon, a value. White space before the colon is let through: `UpstreamHead` takes it off.
  private static func isField(_ text: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position < text.count, HTTPByte.isToken(text[position]) { position += 1 }
    guard position > 0 else { return false }
    while position < text.count, text[position] == 0x20 || text[position] == 0x09 { position += 1 }
    guard position < text.count, text[position] == 0x3a else { return false }
    return areValue(text, from: position + 1)
  }

  private static func areValue(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
    for position in start..<text.count where !HTTPByte.isFieldValue(text[position]) { return false }
    return true
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
