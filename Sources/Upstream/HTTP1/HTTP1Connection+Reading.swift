import Glibc
import Reactor
import Wire

/// The answer: head, framing, body (RFC 9112 sections 4 to 7).
extension HTTP1Connection {
  /// Takes what one read brought; the payload is decoded in place.
  func received(_ bytes: UnsafeMutableRawBufferPointer) {
    guard transfer != nil else { return }
    hasReceived = true
    isReading = true
    var position: Int? = 0
    if framing == .head { position = takeHead(UnsafeRawBufferPointer(bytes)) }
    if let position, transfer != nil, framing != .head {
      takeBody(UnsafeMutableRawBufferPointer(rebasing: bytes[position...]))
    }
    isReading = false
    guard mustArmDrain else { return }
    mustArmDrain = false
    if let transfer, owner == .none { client.armDrain(transfer) }
  }

  /// The upstream has ended its side, with an error or without.
  func inputEnded(_ error: String?) {
    switch framing {
    case .head, .none:
      let text = hasReceived ? "the connection was closed in the middle of the answer's head" : "no answer came"
      fail(.disconnected, error ?? text)
    case .length, .chunked:
      if let error { return fail(.disconnected, error) }
      fail(.truncated, "the connection was closed before the answer was whole")
    case .untilClose:
      if let error { return fail(.disconnected, error) }
      bodyEnded(hasExtra: false)
    }
  }

  // MARK: - Head

  /// Reads whole lines; the rest of an unfinished one is kept.
  ///
  /// - Returns: where the body begins; `nil` when the head is not whole yet, or cannot be read.
  private func takeHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while let newline = HTTP1Connection.lineEnd(in: bytes, from: position) {
      let line = UnsafeRawBufferPointer(rebasing: bytes[position...newline])
      position = newline + 1
      guard take(line: line) else { return nil }
      if head.isComplete { return headEnded(hasMore: position < bytes.count) ? position : nil }
    }
    partialLine.append(contentsOf: bytes[position...])
    if partialLine.count > UpstreamHead.bytesMax { fail(.invalidAnswer, "the answer's head is too large") }
    return nil
  }

  private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress, let found = memchr(base + start, 0x0a, bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private func take(line: UnsafeRawBufferPointer) -> Bool {
    let isTaken: Bool
    if partialLine.isEmpty {
      isTaken = head.receive(line)
    } else {
      partialLine.append(contentsOf: line)
      isTaken = partialLine.withUnsafeBytes { head.receive($0) }
      partialLine.removeAll()
    }
    guard isTaken else {
      fail(.invalidAnswer, "the answer's head is too large")
      return false
    }
    // A connection is only given to HTTP: the first line says whether the server agrees.
    guard head.status >= 100 else {
      fail(.invalidAnswer, "what came is not HTTP")
      return false
    }
    guard head.status != 101 else {
      fail(.invalidAnswer, "the upstream switched protocols unasked")
      return false
    }
    return true
  }

  /// - Returns: whether a body follows that somebody waits for.
  private func headEnded(hasMore: Bool) -> Bool {
    guard decideFraming() else { return false }
    let request = serial
    var done = UpstreamHead()
    swap(&done, &head)
    chunks = ResponseChunks()
    if owner != .none { client.delegate.transferReceivedHead(owner, done) }
    // The owner may have cancelled.
    guard serial == request else { return false }
    switch framing {
    case .none, .length(0):
      finished(hasExtra: hasMore)
      return false
    case .head, .length, .chunked, .untilClose: return true
    }
  }

  /// RFC 9112 section 6.3. False when the fields contradict themselves.
  private func decideFraming() -> Bool {
    var fields = AnswerFraming(minor: head.minorVersion)
    guard fields.read(head) else {
      fail(.invalidAnswer, fields.mistake)
      return false
    }
    keepsAlive = fields.keepsAlive
    if transfer?.spec.method == "HEAD" || head.status == 204 || head.status == 304 {
      framing = .none
    } else if fields.isChunked {
      framing = .chunked
    } else if let length = fields.length {
      framing = .length(length)
    } else {
      framing = .untilClose
      keepsAlive = false
    }
    inflater = fields.isCompressed && framing != .none ? try? GzipInflater() : nil
    return true
  }

  // MARK: - Body

  private func takeBody(_ bytes: UnsafeMutableRawBufferPointer) {
    let request = serial
    switch framing {
    case .head, .none: break
    case .length(let left):
      let count = min(left, bytes.count)
      framing = .length(left - count)
      deliver(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      if count == left, serial == request { bodyEnded(hasExtra: bytes.count > count) }
    case .chunked:
      let (payload, progress) = chunks.decode(bytes)
      if !payload.isEmpty { deliver(UnsafeRawBufferPointer(rebasing: bytes[payload])) }
      guard serial == request else { return }
      switch progress {
      case .unfinished: break
      case .ended(let consumed): bodyEnded(hasExtra: consumed < bytes.count)
      case .malformed: fail(.invalidAnswer, "the answer's chunks are malformed")
      }
    case .untilClose: deliver(UnsafeRawBufferPointer(bytes))
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    guard let inflater else { return passOn(bytes) }
    var plain: [UInt8] = []
    do throws(GzipFailure) {
      try inflater.inflate(Span(_unsafeBytes: bytes), into: &plain)
    } catch {
      return fail(.invalidAnswer, "the answer's gzip coding is broken")
    }
    plain.withUnsafeBytes { passOn($0) }
  }

  private func passOn(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    guard owner != .none else { return discard(bytes.count) }
    let request = serial
    if !isPaused, client.delegate.transferReceivedBody(owner, bytes) { return }
    guard serial == request else { return }
    held.append(contentsOf: bytes)
    isPaused = true
    unwatch()
  }

  private func discard(_ count: Int) {
    guard let transfer else { return }
    transfer.discardLeft -= count
    if transfer.discardLeft < 0 { client.cancel(transfer.id) }
  }

  /// Goes on after a pause: the refused bytes first, then what comes.
  func resume() {
    guard isPaused, transfer != nil else { return }
    let request = serial
    isPaused = false
    let bytes = held
    held = []
    if !bytes.isEmpty { bytes.withUnsafeBytes { passOn($0) } }
    guard serial == request, !isPaused else { return }
    if endBehindHeld.isDue { return bodyEnded(hasExtra: endBehindHeld.hasExtra) }
    watchAgain()
  }

  private func bodyEnded(hasExtra: Bool) {
    guard !isPaused else {
      endBehindHeld = (true, hasExtra)
      return
    }
    endBehindHeld = (false, false)
    if let inflater {
      self.inflater = nil
      do throws(GzipFailure) { try inflater.finish() } catch {
        return fail(.truncated, "the answer's gzip coding ended too soon")
      }
    }
    // A connection that was not watched while its client was slow must be heard when the upstream closes it.
    if keepsAlive { watchAgain() }
    finished(hasExtra: hasExtra)
  }
}

/// The fields of an answer's head that say where its body ends and what becomes of the connection.
struct AnswerFraming {
  private(set) var length: Int?
  private(set) var isChunked = false
  private(set) var isCompressed = false
  private(set) var keepsAlive: Bool
  /// What is wrong, once `read` has returned false.
  private(set) var mistake = ""

  init(minor: Int) { keepsAlive = minor > 0 }

  /// - Returns: false when the head contradicts itself.
  mutating func read(_ head: UpstreamHead) -> Bool {
    var hasTransferCoding = false
    for field in head.fields {
      switch field.name.count {
      case 10 where head.isNamed(field, "connection"):
        if head.valueContains(field, "close") { keepsAlive = false }
        if head.valueContains(field, "keep-alive") { keepsAlive = true }
      case 14 where head.isNamed(field, "content-length"):
        guard let number = AnswerFraming.number(head.bytes[field.value]), length == nil || length == number else {
          return fails("the answer's Content-Length makes no sense")
        }
        length = number
      case 16 where head.isNamed(field, "content-encoding"):
        guard takeCoding(head, field) else { return fails("the answer has a content coding that was not asked for") }
      case 17 where head.isNamed(field, "transfer-encoding"):
        guard !hasTransferCoding, head.valueIs(field, "chunked") else {
          return fails("the answer has an unknown transfer coding")
        }
        hasTransferCoding = true
        isChunked = true
      default: break
      }
    }
    // Whoever sends both may be trying to smuggle: the coding counts, the connection ends (RFC 9112 section 6.3).
    if isChunked, length != nil {
      length = nil
      keepsAlive = false
    }
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
