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

  /// The line without the line feed at its end and the return before it.
  private static func withoutEnd(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = line.count
    if end > 0, line[end - 1] == 0x0a { end -= 1 }
    if end > 0, line[end - 1] == 0x0d { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: line[..<end])
  }

  private func take(line: UnsafeRawBufferPointer) -> Bool {
    guard !partialLine.isEmpty else { return takeWhole(line) }
    var whole: [UInt8] = []
    swap(&whole, &partialLine)
    whole.append(contentsOf: line)
    return whole.withUnsafeBytes { takeWhole($0) }
  }

  private func takeWhole(_ line: UnsafeRawBufferPointer) -> Bool {
    let text = HTTP1Connection.withoutEnd(line)
    let isTaken: Bool
    switch HeadLine(text, startsHead: expectsStatus) {
    case .malformed:
      // A connection is only given to HTTP: the first line says whether the server agrees.
      fail(.invalidAnswer, expectsStatus ? "what came is not HTTP" : "the answer's head is malformed")
      return false
    case .status:
      isTaken = head.receive(line)
      expectsStatus = false
    case .field(let field): isTaken = head.receive(field, in: text)
    case .end:
      isTaken = head.receive(line)
      // Behind an interim answer another one begins.
      expectsStatus = true
    }
    guard isTaken else {
      fail(.invalidAnswer, "the answer's head is too large")
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
    chunks = ResponseChunks()
    if owner != .none { client.delegate.transferReceivedHead(owner, head) }
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
    let hasBody = transfer?.spec.method != "HEAD" && head.status != 204 && head.status != 304
    guard fields.read(head, hasBody: hasBody) else {
      fail(.invalidAnswer, fields.mistake)
      return false
    }
    keepsAlive = fields.keepsAlive
    isCompressed = fields.isCompressed
    if !hasBody {
      framing = .none
    } else if fields.isChunked {
      framing = .chunked
    } else if let length = fields.length {
      framing = .length(length)
    } else {
      framing = .untilClose
      keepsAlive = false
    }
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
      case .malformed: bodyFailed(.invalidAnswer, "the answer's chunks are malformed")
      }
    case .untilClose: deliver(UnsafeRawBufferPointer(bytes))
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    isCompressed ? expand(bytes) : passOn(bytes)
  }

  /// Expands step by step: a few bytes can become a lot, and behind a pause what is left waits as it came.
  private func expand(_ bytes: UnsafeRawBufferPointer) {
    let request = serial
    var rest = bytes[...]
    while !rest.isEmpty {
      guard !isPaused else { return compressed.append(contentsOf: rest) }
      var plain: [UInt8] = []
      let failure = inflate(UnsafeRawBufferPointer(rebasing: rest.prefix(HTTP1Connection.inflateStep)), into: &plain)
      rest = rest.dropFirst(HTTP1Connection.inflateStep)
      plain.withUnsafeBytes { passOn($0) }
      guard serial == request else { return }
      guard let failure else { continue }
      let why = failure == .tooLarge ? "expands to far more than it should" : "has a broken gzip coding"
      return bodyFailed(.invalidAnswer, "the answer \(why)")
    }
  }

  private func inflate(_ bytes: UnsafeRawBufferPointer, into plain: inout [UInt8]) -> GzipFailure? {
    do throws(GzipFailure) {
      // Made for the first byte: an empty body in a coding is an empty body.
      if inflater == nil { inflater = try GzipInflater(limits: HTTP1Connection.inflateLimits) }
      try inflater?.inflate(Span(_unsafeBytes: bytes), into: &plain)
      return nil
    } catch {
      return error
    }
  }

  private func passOn(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    guard owner != .none else { return discard(bytes.count) }
    let request = serial
    if !isPaused, client.delegate.transferReceivedBody(owner, bytes) { return }
    guard serial == request else { return }
    // Bytes that were refused by somebody who has detached meanwhile are not asked for again.
    guard owner != .none else { return discard(bytes.count) }
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
    let rest = compressed
    compressed = []
    rest.withUnsafeBytes { expand($0) }
    guard serial == request, !isPaused else { return }
    switch behindHeld {
    case .nothing: watchAgain()
    case .end(let hasExtra): bodyEnded(hasExtra: hasExtra)
    case .failure(let kind, let message): fail(kind, message)
    }
  }

  /// The rest of the body cannot be read; told once the bytes before it are delivered.
  private func bodyFailed(_ kind: TransferFailure.Kind, _ message: String) {
    if isPaused {
      behindHeld = .failure(kind, message)
    } else {
      fail(kind, message)
    }
  }

  private func bodyEnded(hasExtra: Bool) {
    guard !isPaused else {
      // A body that cannot be read ends where it ends all the same.
      if case .nothing = behindHeld { behindHeld = .end(hasExtra: hasExtra) }
      return
    }
    behindHeld = .nothing
    if let inflater {
      self.inflater = nil
      do throws(GzipFailure) { try inflater.finish() } catch {
        return fail(.truncated, "the answer's gzip coding ended too soon")
      }
    }
    finished(hasExtra: hasExtra)
  }
}
