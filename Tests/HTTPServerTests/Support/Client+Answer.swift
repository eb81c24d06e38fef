/// One answer as a client reads it.
struct RawAnswer {
  var status: Int
  /// Status line and header lines, in lower case.
  var head: String
  var body: String

  /// The value of a header field.
  func field(_ name: String) -> String? {
    head.split(separator: "\r\n").dropFirst().first { $0.hasPrefix(name + ":") }
      .map { String($0.dropFirst(name.utf8.count + 1)).trimmed }
  }
}

extension Client {
  /// Sends a request without a body.
  func request(_ path: String, method: String = "GET", _ fields: String = "", version: String = "1.1") throws {
    try send("\(method) \(path) HTTP/\(version)\r\nHost: test\r\n\(fields)\r\n")
  }

  /// The next answer, read as its own framing says; the connection need not end.
  ///
  /// - Parameter hasBody: false for the answer to HEAD, whose framing describes a body that does not come.
  func readAnswer(hasBody: Bool = true) throws -> RawAnswer {
    var answer = try readHead()
    guard hasBody, answer.status >= 200, answer.status != 204, answer.status != 304 else { return answer }
    if let length = answer.field("content-length").flatMap({ Int($0) }) {
      answer.body = String(decoding: try read(length), as: UTF8.self)
    } else if answer.field("transfer-encoding") == "chunked" {
      answer.body = try readChunks()
    } else {
      answer.body = String(decoding: try readToEnd().bytes, as: UTF8.self)
    }
    return answer
  }

  /// The next answer's head.
  func readHead() throws -> RawAnswer {
    let head = try read(until: "\r\n\r\n").lowercased()
    return RawAnswer(status: Int(head.split(separator: " ")[1]) ?? 0, head: head, body: "")
  }

  /// One chunk of the body; empty at its end.
  func readChunk() throws -> String {
    let size = Int(try read(until: "\r\n").trimmed, radix: 16) ?? 0
    let text = String(decoding: try read(size), as: UTF8.self)
    _ = try read(2)
    return text
  }

  private func readChunks() throws -> String {
    var body = ""
    while true {
      let chunk = try readChunk()
      if chunk.isEmpty { return body }
      body += chunk
    }
  }
}

extension String {
  /// Without spaces and line ends at both ends.
  fileprivate var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}
