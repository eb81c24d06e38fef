import Wire

/// Writes the chunks of one chat completions stream; they differ in their choice alone.
///
/// What is the same in all of them is put together once, so that a delta costs a few copies and nothing else.
struct ChatChunkWriter: Sendable {
  /// Everything up to the choices: `data: {"id":…,"choices":[`.
  private let head: [UInt8]
  /// With usage asked for, every chunk but the last one carries the key.
  private let includesUsage: Bool

  /// - Parameter model: the escaped contents of the model's name, if the upstream named one.
  init(_ identity: StreamIdentity, model: [UInt8]?, includesUsage: Bool) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", identity.id)
    writer.member("object", "chat.completion.chunk")
    writer.member("created", identity.created)
    writer.key("model")
    if let model { writer.escapedString(model) } else { writer.string(identity.model) }
    writer.key("choices")
    writer.beginArray()
    head = Array("data: ".utf8) + writer.bytes
    self.includesUsage = includesUsage
  }

  /// Begins a chunk; the members of its delta are to be appended, then `closeDelta`.
  func openDelta(_ out: inout [UInt8]) {
    out.append(contentsOf: head)
    out.append(contentsOf: #"{"index":0,"delta":{"#.utf8)
  }

  /// Ends the chunk that `openDelta` began.
  ///
  /// - Parameter logprobs: the entries for content as JSON, separated by commas; empty for none.
  func closeDelta(_ out: inout [UInt8], logprobs: [UInt8] = []) {
    if logprobs.isEmpty {
      out.append(contentsOf: #"},"logprobs":null"#.utf8)
    } else {
      out.append(contentsOf: #"},"logprobs":{"content":["#.utf8)
      out.append(contentsOf: logprobs)
      out.append(contentsOf: #"],"refusal":null}"#.utf8)
    }
    out.append(contentsOf: #","finish_reason":null}"#.utf8)
    close(&out)
  }

  /// Appends the chunk that ends the choice.
  ///
  /// - Parameter extras: further members of the chunk as JSON, each with a comma before it.
  func finish(_ reason: FinishReason, extras: [UInt8], into out: inout [UInt8]) {
    out.append(contentsOf: head)
    out.append(contentsOf: #"{"index":0,"delta":{},"logprobs":null,"finish_reason":""#.utf8)
    out.append(contentsOf: reason.rawValue.utf8)
    out.append(contentsOf: "\"}".utf8)
    close(&out, extras: extras)
  }

  /// Appends the chunk without choices that carries the usage, which is JSON.
  func usage(_ usage: [UInt8], into out: inout [UInt8]) {
    out.append(contentsOf: head)
    out.append(contentsOf: #"],"usage":"#.utf8)
    out.append(contentsOf: usage)
    out.append(contentsOf: "}\n\n".utf8)
  }

  private func close(_ out: inout [UInt8], extras: [UInt8] = []) {
    out.append(contentsOf: "]".utf8)
    out.append(contentsOf: extras)
    out.append(contentsOf: (includesUsage ? ",\"usage\":null}\n\n" : "}\n\n").utf8)
  }
}
