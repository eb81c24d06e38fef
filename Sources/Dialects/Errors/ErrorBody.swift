import Policy
import Wire

/// An error in the shape of the OpenAI API, as a body and as events within a stream.
package struct ErrorBody: Equatable, Sendable {
  /// What went wrong, for a person. Longer texts are cut at `messageBytesMax`.
  package var message: String
  /// The API's class of error, such as `invalid_request_error`.
  package var type: String
  /// The parameter at fault, as a path such as `messages[2].content`.
  package var param: String?
  /// The machine-readable code.
  package var code: String?

  /// Longest message that goes out; upstream texts may be whole pages.
  package static let messageBytesMax = 4096

  package init(message: String, type: String, param: String? = nil, code: String? = nil) {
    self.message = message.cut(toBytes: Self.messageBytesMax)
    self.type = type
    self.param = param
    self.code = code
  }

  /// The body for one of the gateway's own failures.
  package init(_ failure: Failure) {
    self.init(
      message: failure.message, type: failure.type.rawValue, param: failure.param, code: failure.code.rawValue)
  }

  /// The body for what an upstream said went wrong.
  ///
  /// - Parameters:
  ///   - message: stands in for one that it left out.
  ///   - code: the same.
  package init(
    _ error: PeekedError?, orElse message: String = "The upstream reported an error.", code: ErrorCode? = nil
  ) {
    self.init(
      message: error?.message ?? message, type: error?.type ?? ErrorType.server.rawValue, param: error?.param,
      code: error?.code ?? code?.rawValue)
  }

  /// `{"error":{"message","type","param","code"}}`.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("error")
    write(to: &writer)
    writer.endObject()
    return writer.bytes
  }

  /// The same for an answer whose head has gone out as 200 already: `status` is what it would have been, and
  /// `"late": true` marks the body as an error to readers that look for one.
  package func lateJSON(status: Int) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("error")
    writer.beginObject()
    writeMembers(to: &writer)
    writer.member("status", status)
    writer.member("late", true)
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  /// The end of a chat or completions stream that failed: the error as an event without a name, then `[DONE]`.
  ///
  /// Both OpenAI SDKs raise on any data object with a truthy `error`; the nested form is the one both understand.
  package var chatEnding: [UInt8] {
    var output: [UInt8] = []
    SSEWriter.append(data: json, to: &output)
    SSEWriter.appendDone(to: &output)
    return output
  }

  /// Writes the bare error object as the next value.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  private func writeMembers(to writer: inout JSONWriter) {
    writer.member("message", message)
    writer.member("type", type)
    writer.member("param", param)
    writer.member("code", code)
  }
}

extension String {
  /// The longest prefix of at most `count` bytes that splits no character.
  package func cut(toBytes count: Int) -> String {
    guard utf8.count > count else { return self }
    var cut = String(prefix(count))
    while cut.utf8.count > count { cut.removeLast() }
    return cut
  }
}
