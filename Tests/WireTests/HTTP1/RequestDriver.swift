import Testing

@testable import Wire

/// Drives a ``RequestParser`` as a server connection would, request after request, and writes down what it reports.
///
/// All input lies against an unmapped page, and each step is checked for what holds always: it consumes no more than
/// it got, body ranges are within what it consumed, and it makes progress.
struct RequestDriver {
  private var parser: RequestParser
  private let page: GuardPage
  private let edge: GuardPage.Edge
  private let showsFields: Bool
  private var unconsumed: [UInt8] = []
  private var hasFailed = false
  private var isBetweenRequests = true
  private var log = EventLog()

  private init(limits: RequestLimits, page: GuardPage, edge: GuardPage.Edge, showsFields: Bool) {
    parser = RequestParser(limits: limits)
    self.page = page
    self.edge = edge
    self.showsFields = showsFields
  }

  /// The log of one connection that receives `pieces`.
  static func log(
    of pieces: [ArraySlice<UInt8>], limits: RequestLimits = RequestLimits(), page: GuardPage,
    edge: GuardPage.Edge = .back, showsFields: Bool = false
  ) -> [String] {
    var driver = RequestDriver(limits: limits, page: page, edge: edge, showsFields: showsFields)
    for piece in pieces { driver.receive(piece) }
    return driver.finish()
  }

  private mutating func receive(_ piece: ArraySlice<UInt8>) {
    unconsumed += piece
    var stepsLeft = 2 * unconsumed.count + 8
    while step() {
      stepsLeft -= 1
      guard stepsLeft > 0 else {
        log.append("no progress")
        return
      }
    }
  }

  /// One step; false when the parser wants more input or has failed.
  private mutating func step() -> Bool {
    let input = unconsumed
    switch page.withBytes(input, at: edge, { parser.advance($0) }) {
    case .needMore(let consumed):
      drop(consumed)
      return false
    case .head(let consumed):
      drop(consumed)
      isBetweenRequests = false
      log.append(parser.head.summary)
      if showsFields { for field in parser.head.fieldLines { log.append(field) } }
    case .body(let range, let consumed):
      #expect(!range.isEmpty && range.upperBound <= consumed, "body outside of what was consumed")
      log.append("body", bytes: input[range])
      drop(consumed)
    case .end(let consumed):
      drop(consumed)
      log.append("end")
      parser.reset()
      isBetweenRequests = true
    case .failed(let failure):
      noteFailure(failure)
      return false
    }
    return true
  }

  private mutating func noteFailure(_ failure: RequestFailure) {
    let line = "failed \(failure.status) \(failure.reason)"
    if !hasFailed { log.append(line) }
    #expect(log.lines.last == line, "a failed parser changed its mind")
    hasFailed = true
    unconsumed = []
    parser.reset()
  }

  private mutating func drop(_ consumed: Int) {
    #expect((0...unconsumed.count).contains(consumed), "consumed more than there was")
    unconsumed.removeFirst(min(consumed, unconsumed.count))
  }

  private mutating func finish() -> [String] {
    log.close()
    if !hasFailed, !isBetweenRequests || !parser.isIdle { log.append("incomplete") }
    return log.lines
  }
}

extension RequestHead {
  /// The head in one line, apart from its fields.
  fileprivate var summary: String {
    var parts = [
      "head \(EventLog.escaped(bytes[methodRange]))", "target=\(string(targetRange))", "path=\(string(pathRange))",
    ]
    if let queryRange { parts.append("query=\(string(queryRange))") }
    if let authorityRange { parts.append("authority=\(string(authorityRange))") }
    parts.append("HTTP/1.\(versionMinor)")
    switch framing {
    case .none: parts.append("no-body")
    case .length(let length): parts.append("length=\(length)")
    case .chunked: parts.append("chunked")
    }
    parts.append(keepAlive ? "keep-alive" : "close")
    if expectsContinue { parts.append("expects-continue") }
    return parts.joined(separator: " ")
  }

  /// A line for each field, with the known name if it has one.
  fileprivate var fieldLines: [String] {
    headers.map { field in
      let known = field.known.map { "\($0)" } ?? "-"
      return "field \(known) \(EventLog.escaped(bytes[field.name]))=\(EventLog.escaped(bytes[field.value]))"
    }
  }
}
