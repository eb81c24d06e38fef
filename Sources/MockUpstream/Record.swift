/// What the mock remembers of one request. Times are CLOCK_MONOTONIC in nanoseconds, the clock of Python's
/// `time.monotonic_ns()`, so that a test on the same machine compares them with its own.
struct Record: Sendable {
  /// From 1, over all connections.
  var number = 0
  var connection: Int
  var method: String
  var target: String
  var headers: [(name: String, value: String)]
  /// The `x-request-id` that it came with.
  var id: String?
  var facts: RequestFacts
  var run: String
  /// From 1, per model name.
  var attempt = 0
  var bodySize: Int
  var bodyCRC32: UInt32
  /// The body when it is small and UTF-8.
  var bodyText: String?
  var beganAt: UInt64
  var status: Int?
  var bytesWritten = 0
  /// Body writes; one per event unless the scenario splits.
  var writes = 0
  var firstWriteAt: UInt64?
  var end: End?
  var endedAt: UInt64?

  /// How the request ended, seen from the mock.
  enum End: String, Sendable {
    case finished
    case closed
    case reset
    case peerLeft = "peer_left"
  }

  /// Bodies up to this size are kept as text.
  static let bodyTextMax = 256 * 1024

  var json: String {
    let fields = headers.map { "[\(quoted($0.name)),\(quoted($0.value))]" }.joined(separator: ",")
    let parts = facts.parts.map(\.json).joined(separator: ",")
    return #"""
      {"number":\#(number),"connection":\#(connection),"method":\#(quoted(method)),"target":\#(quoted(target)),\#
      "headers":[\#(fields)],"key":\#(facts.key.map(quoted) ?? "null"),"model":\#(quoted(facts.model)),\#
      "stream":\#(facts.stream),"run":\#(quoted(run)),\#
      "attempt":\#(attempt),"body_size":\#(bodySize),"body_crc32":"\#(hex(bodyCRC32))",\#
      "body":\#(bodyText.map(quoted) ?? "null"),"parts":[\#(parts)],"began_ns":\#(beganAt),\#
      "status":\#(status.map { "\($0)" } ?? "null"),"bytes_written":\#(bytesWritten),\#
      "writes":\#(writes),"first_write_ns":\#(firstWriteAt.map { "\($0)" } ?? "null"),\#
      "end":\#(end.map { quoted($0.rawValue) } ?? "null"),"ended_ns":\#(endedAt.map { "\($0)" } ?? "null")}
      """#
  }
}

extension MultipartPart {
  fileprivate var json: String {
    #"""
    {"name":\#(quoted(name)),"filename":\#(filename.map(quoted) ?? "null"),\#
    "content_type":\#(contentType.map(quoted) ?? "null"),"size":\#(size),"crc32":"\#(hex(crc32))",\#
    "text":\#(text.map(quoted) ?? "null")}
    """#
  }
}
