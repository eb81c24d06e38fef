/// Writes event-stream blocks (WHATWG HTML, section 9.2) with LF line ends.
package enum SSEWriter {
  /// Appends `data: <payload>` and an empty line; a payload of several lines becomes several `data` lines.
  package static func append(data payload: Span<UInt8>, to output: inout [UInt8]) {
    appendLines(payload, to: &output)
    output.append(0x0A)
  }

  /// Appends `data: <payload>` and an empty line.
  package static func append(data payload: [UInt8], to output: inout [UInt8]) {
    append(data: payload.span, to: &output)
  }

  /// Appends `event: <name>`, `data: <payload>` and an empty line. The name must not hold a line end.
  package static func append(event name: String, data payload: Span<UInt8>, to output: inout [UInt8]) {
    output.append(contentsOf: "event: ".utf8)
    output.append(contentsOf: name.utf8)
    output.append(0x0A)
    append(data: payload, to: &output)
  }

  /// Appends `event: <name>`, `data: <payload>` and an empty line. The name must not hold a line end.
  package static func append(event name: String, data payload: [UInt8], to output: inout [UInt8]) {
    append(event: name, data: payload.span, to: &output)
  }

  /// Appends the comment `: <text>` and an empty line. The text must not hold a line end.
  package static func append(comment text: StaticString, to output: inout [UInt8]) {
    output.append(contentsOf: ": ".utf8)
    text.withUTF8Buffer { unsafe output.append(contentsOf: $0) }
    output.append(contentsOf: "\n\n".utf8)
  }

  /// Appends `data: [DONE]` and an empty line: the end of a chat stream.
  package static func appendDone(to output: inout [UInt8]) {
    output.append(contentsOf: "data: [DONE]\n\n".utf8)
  }

  private static func appendLines(_ payload: Span<UInt8>, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + payload.count + 8)
    var start = 0
    var index = 0
    while index < payload.count {
      let byte = payload[index]
      guard byte == 0x0A || byte == 0x0D else {
        index += 1
        continue
      }
      appendLine(start..<index, of: payload, to: &output)
      index += byte == 0x0D && index + 1 < payload.count && payload[index + 1] == 0x0A ? 2 : 1
      start = index
    }
    appendLine(start..<payload.count, of: payload, to: &output)
  }

  private static func appendLine(_ line: Range<Int>, of payload: Span<UInt8>, to output: inout [UInt8]) {
    output.append(contentsOf: "data: ".utf8)
    output.append(copying: line, of: payload)
    output.append(0x0A)
  }
}
