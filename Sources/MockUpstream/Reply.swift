/// Everything that a request gets back.
struct Reply {
  var status = 200
  var headers: [(name: String, value: String)] = []
  var body: Body
  /// Wait before the head.
  var wait = Duration.zero

  enum Body {
    case bytes([UInt8])
    /// A part of a body, then the step; without a declared length the body is chunked.
    case broken([UInt8], declared: Int?, Step)
    /// With a length, or else chunked.
    case stream(StreamScript, length: Int?)
    /// No head at all.
    case nothing(Step)
  }

  init(status: Int = 200, headers: [(String, String)] = [], body: Body) {
    self.status = status
    self.headers = headers.map { (name: $0.0, value: $0.1) }
    self.body = body
  }

  /// A JSON answer.
  static func json(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, headers: [("content-type", "application/json")], body: .bytes(Array(text.utf8)))
  }

  /// A binary answer of `count` bytes, each the low byte of its offset times seven, so that a shift shows.
  static func binary(_ count: Int, type: String, extra: [(String, String)] = []) -> Reply {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    return Reply(headers: [("content-type", type)] + extra, body: .bytes(bytes))
  }
}
