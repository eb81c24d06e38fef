import Wire

/// The fields of an answer's head that say where its body ends and what becomes of the connection (RFC 9112 sections
/// 6.3 and 9.3).
struct AnswerFraming {
  private(set) var length: Int?
  private(set) var isChunked = false
  private(set) var isCompressed = false
  /// What is wrong, once `read` has returned false.
  private(set) var mistake = ""
  private let minor: Int
  private var saysClose = false
  private var saysKeepAlive = false
  private var isDoubtful = false

  /// - Parameter minor: the minor version of HTTP/1 that the answer speaks.
  init(minor: Int) { self.minor = minor }

  /// Whether the connection can carry another request. `close` wins over everything else.
  var keepsAlive: Bool { !saysClose && !isDoubtful && (minor > 0 || saysKeepAlive) }

  /// - Parameter hasBody: false for an answer that has none whatever its fields say, which are then about another one.
  /// - Parameter isDecoded: whether somebody else takes off the content coding, whichever it is.
  /// - Returns: false when the head contradicts itself.
  mutating func read(_ head: UpstreamHead, hasBody: Bool, isDecoded: Bool = false) -> Bool {
    for field in head.fields {
      switch field.known {
      case .connection:
        if head.valueContains(field, "close") { saysClose = true }
        if head.valueContains(field, "keep-alive") { saysKeepAlive = true }
      case .contentLength where hasBody:
        guard let number = AnswerFraming.number(head.bytes[field.value]), length == nil || length == number else {
          return fails("the answer's Content-Length makes no sense")
        }
        length = number
      case .contentEncoding where hasBody && !isDecoded:
        guard takeCoding(head, field) else { return fails("the answer has a content coding that was not asked for") }
      case .transferEncoding where hasBody:
        guard !isChunked, head.valueIs(field, "chunked") else {
          return fails("the answer has an unknown transfer coding")
        }
        isChunked = true
      default: break
      }
    }
    guard isChunked else { return true }
    // Whoever sends both may be trying to smuggle, and HTTP/1.0 has no chunks: the coding counts, the connection ends
    // (RFC 9112 sections 6.1 and 6.3).
    isDoubtful = length != nil || minor == 0
    length = nil
    return true
  }

  private mutating func takeCoding(_ head: UpstreamHead, _ field: UpstreamHead.Field) -> Bool {
    if field.value.isEmpty || head.valueIs(field, "identity") { return true }
    guard !isCompressed, head.valueIs(field, "gzip") || head.valueIs(field, "x-gzip") else { return false }
    isCompressed = true
    return true
  }

  private mutating func fails(_ why: String) -> Bool {
    mistake = why
    return false
  }

  /// Digits only; `nil` also for more than fit.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    var number = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}
