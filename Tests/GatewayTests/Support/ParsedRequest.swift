import Testing
import Wire

/// A request as the server would hand it on, made from its text.
struct ParsedRequest {
  var head: RequestHead
  var body: [UInt8] = []

  /// - Parameter text: a whole request with CR LF line ends, or its head alone.
  init(_ text: String, body: [UInt8] = []) throws {
    var parser = RequestParser()
    let bytes = Array(text.utf8) + body
    var used = 0
    var received: [UInt8] = []
    while true {
      let rest = Array(bytes[used...])
      switch parser.advance(rest.span) {
      case .needMore, .end:
        head = parser.head
        self.body = received
        return
      case .head(let consumed): used += consumed
      case .body(let range, let consumed):
        received += rest[range]
        used += consumed
      case .failed(let failure): throw failure
      }
    }
  }

  /// A request with these header lines, without a body.
  init(_ method: String = "GET", path: String = "/", fields: [String] = ["Host: localhost"]) throws {
    try self.init("\(method) \(path) HTTP/1.1\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n")
  }

  /// A request with a body of a known length.
  static func with(
    body: [UInt8], method: String = "POST", path: String = "/", fields: [String] = []
  ) throws -> ParsedRequest {
    let lines = ["Host: localhost", "Content-Length: \(body.count)"] + fields
    return try ParsedRequest("\(method) \(path) HTTP/1.1\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n", body: body)
  }

  /// A request with a body of a known length.
  static func with(
    body: String, method: String = "POST", path: String = "/", fields: [String] = []
  ) throws -> ParsedRequest {
    try with(body: Array(body.utf8), method: method, path: path, fields: fields)
  }
}
