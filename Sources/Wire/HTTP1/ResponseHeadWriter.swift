/// Writes response heads by appending to a byte array: status line, fields, framing, end, in this order.
///
/// The status line says HTTP/1.1 whatever the client spoke (RFC 9110 section 2.5). Response splitting is impossible:
/// a field whose name is not a token, or whose value contains CR, LF, NUL or another control character, is not written,
/// and the return value says so. Nor can a field contradict the framing: Content-Length, Transfer-Encoding and
/// Connection are written by ``appendFraming(_:to:)`` and ``appendConnection(keepAlive:requestMinor:to:)`` alone.
package enum ResponseHeadWriter {
  /// The interim answer to `Expect: 100-continue` (RFC 9110 section 15.2.1), complete.
  package static let continueResponse = [UInt8]("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Appends the status line. A status outside 100...999 cannot be written: 500 takes its place, and false is returned.
  @discardableResult
  package static func appendStatusLine(_ status: Int, to out: inout [UInt8]) -> Bool {
    let isValid = (100...999).contains(status)
    let status = isValid ? status : 500
    append("HTTP/1.1 ", to: &out)
    appendDecimal(status, to: &out)
    out.append(HTTPByte.space)
    append(HTTPStatus.reason(status), to: &out)
    appendLineEnd(to: &out)
    return isValid
  }

  /// Appends a field. False: it was refused, and nothing was written.
  @discardableResult
  package static func appendField(_ name: String, _ value: String, to out: inout [UInt8]) -> Bool {
    appendField(name.utf8.span, value.utf8.span, to: &out)
  }

  /// Appends a field. False: it was refused, and nothing was written.
  @discardableResult
  package static func appendField(_ name: Span<UInt8>, _ value: Span<UInt8>, to out: inout [UInt8]) -> Bool {
    guard isWritable(name: name), isWritable(value: value) else { return false }
    appendLine(name, value, to: &out)
    return true
  }

  private static func appendLine(_ name: Span<UInt8>, _ value: Span<UInt8>, to out: inout [UInt8]) {
    let count = name.count + value.count + 4
    // Put together first: one append instead of four.
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { line in
      var end = unsafe copy(name, to: line, at: 0)
      unsafe (line[end], line[end + 1]) = (HTTPByte.colon, HTTPByte.space)
      end = unsafe copy(value, to: line, at: end + 2)
      unsafe (line[end], line[end + 1]) = (HTTPByte.carriageReturn, HTTPByte.lineFeed)
      unsafe out.append(contentsOf: UnsafeBufferPointer(rebasing: line[..<count]))
    }
  }

  private static func copy(_ part: Span<UInt8>, to line: UnsafeMutableBufferPointer<UInt8>, at start: Int) -> Int {
    unsafe part.withUnsafeBufferPointer { source in
      if let from = source.baseAddress, let to = line.baseAddress {
        unsafe (to + start).update(from: from, count: source.count)
      }
    }
    return start + part.count
  }

  /// Appends a field of the program's own with a number, which cannot be refused.
  package static func appendField(_ name: StaticString, _ number: Int, to out: inout [UInt8]) {
    append(name, to: &out)
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: decimalBytesMax + 4) { rest in
      let end = decimalBytesMax + 2
      unsafe (rest[end], rest[end + 1]) = (HTTPByte.carriageReturn, HTTPByte.lineFeed)
      let start = unsafe write(decimal: max(number, 0), to: UnsafeMutableBufferPointer(rebasing: rest[..<end])) - 2
      unsafe (rest[start], rest[start + 1]) = (HTTPByte.colon, HTTPByte.space)
      unsafe out.append(contentsOf: UnsafeBufferPointer(rebasing: rest[start...]))
    }
  }

  /// Appends a field with a name of the program's own, which is a token and says nothing of the framing. False: the
  /// value was refused, and nothing was written.
  @discardableResult
  package static func appendField(_ name: StaticString, _ value: Span<UInt8>, to out: inout [UInt8]) -> Bool {
    guard isWritable(value: value) else { return false }
    unsafe appendLine(Span(_unsafeStart: name.utf8Start, count: name.utf8CodeUnitCount), value, to: &out)
    return true
  }

  /// Appends `Date` with a value that ``HTTPDate/format(_:)`` made; it changes once a second, so callers keep it.
  /// False: it was refused, and nothing was written.
  @discardableResult
  package static func appendDate(_ formatted: [UInt8], to out: inout [UInt8]) -> Bool {
    appendField("Date", formatted.span, to: &out)
  }

  /// Appends `Server` (RFC 9110 section 10.2.4), without a version.
  package static func appendServer(to out: inout [UInt8]) { append("Server: sluice\r\n", to: &out) }

  /// Appends the field that `framing` needs, if any. A negative length counts as 0.
  package static func appendFraming(_ framing: ResponseFraming, to out: inout [UInt8]) {
    switch framing {
    case .none, .untilClose:
      break
    case .length(let length):
      appendField("Content-Length", length, to: &out)
    case .chunked:
      append("Transfer-Encoding: chunked\r\n", to: &out)
    }
  }

  /// Appends `Connection` where the default of the client's version (`requestMinor` 0 or 1) is not what is meant
  /// (RFC 9112 section 9.3). With `offersUpgrade` it goes with an `Upgrade` (RFC 9110 section 7.8), in the last answer.
  package static func appendConnection(
    keepAlive: Bool, requestMinor: Int, offersUpgrade: Bool = false, to out: inout [UInt8]
  ) {
    if offersUpgrade {
      append("Connection: close, upgrade\r\n", to: &out)
    } else if !keepAlive {
      append("Connection: close\r\n", to: &out)
    } else if requestMinor == 0 {
      append("Connection: keep-alive\r\n", to: &out)
    }
  }

  /// Appends the empty line that ends the head.
  package static func appendEnd(to out: inout [UInt8]) {
    appendLineEnd(to: &out)
  }

  private static func isWritable(name: Span<UInt8>) -> Bool {
    switch HeaderName.named(name) {
    case .contentLength, .transferEncoding, .connection: return false
    case nil: break
    // What is known is a token.
    default: return true
    }
    guard name.count > 0 else { return false }
    for index in name.indices where !HTTPByte.isToken(name[index]) { return false }
    return true
  }

  private static func isWritable(value: Span<UInt8>) -> Bool {
    HTTPByte.fieldValueEnd(in: value, from: 0) == value.count
  }

  private static func append(_ text: StaticString, to out: inout [UInt8]) {
    text.withUTF8Buffer { unsafe out.append(contentsOf: $0) }
  }

  private static func append(_ part: Span<UInt8>, to out: inout [UInt8]) {
    unsafe part.withUnsafeBufferPointer { unsafe out.append(contentsOf: $0) }
  }

  private static func appendLineEnd(to out: inout [UInt8]) {
    append("\r\n", to: &out)
  }

  /// Appends a number that is not negative.
  package static func appendDecimal(_ number: Int, to out: inout [UInt8]) {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: decimalBytesMax) { digits in
      let start = unsafe write(decimal: number, to: digits)
      unsafe out.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Digits of the largest number.
  private static let decimalBytesMax = 19

  /// Writes a number's digits at the end of `digits`, and says where they begin.
  @inline(__always)
  private static func write(decimal number: Int, to digits: UnsafeMutableBufferPointer<UInt8>) -> Int {
    var rest = UInt(number)
    var start = digits.count
    repeat {
      start -= 1
      unsafe digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    return start
  }
}
