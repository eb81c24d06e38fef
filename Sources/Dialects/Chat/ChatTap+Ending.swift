import Wire

extension ChatTap {
  /// The events that end the stream properly when it is stopped here; empty after `[DONE]`.
  ///
  /// One chunk with `finish_reason` `stop` for each choice that is still open, the usage chunk when it was asked for
  /// and is known (an unknown usage is left out, never reported as zero), then `[DONE]`. After an error only `[DONE]`
  /// is left to say. The stream's own id, model and creation time are used; what was not seen comes from `fallback`.
  package func stopEnding(includeUsage: Bool, fallback: StreamIdentity) -> [UInt8] {
    guard !sawDone else { return [] }
    var output: [UInt8] = []
    if error == nil {
      for index in 0..<choices where finished & (1 << UInt128(index)) == 0 {
        SSEWriter.append(data: finishChunk(index, includeUsage: includeUsage, fallback), to: &output)
      }
      if includeUsage, !sawUsageChunk, JSONScan.isSound(usageBytes.span) {
        SSEWriter.append(data: usageChunk(fallback), to: &output)
      }
    }
    SSEWriter.appendDone(to: &output)
    return output
  }

  private func finishChunk(_ index: Int, includeUsage: Bool, _ fallback: StreamIdentity) -> [UInt8] {
    chunk(fallback) { writer in
      writer.beginObject()
      writer.member("index", index)
      switch flavor {
      case .completions:
        writer.member("text", "")
      case .chat:
        writer.key("delta")
        writer.beginObject()
        // Every choice must name its role once; one that was never heard of has not done so.
        if seen & (1 << UInt128(index)) == 0 {
          writer.member("role", "assistant")
          writer.member("content", "")
        }
        writer.endObject()
      }
      writer.key("logprobs")
      writer.null()
      writer.member("finish_reason", FinishReason.stop.rawValue)
      writer.endObject()
    } usage: {
      // With include_usage every chunk but the last one carries the key.
      includeUsage ? Array("null".utf8) : nil
    }
  }

  private func usageChunk(_ fallback: StreamIdentity) -> [UInt8] {
    chunk(fallback) { _ in
    } usage: {
      usageBytes
    }
  }

  private func chunk(
    _ fallback: StreamIdentity, choices: (inout JSONWriter) -> Void, usage: () -> [UInt8]?
  ) -> [UInt8] {
    let object =
      switch flavor {
      case .chat: "chat.completion.chunk"
      case .completions: "text_completion"
      }
    var writer = JSONWriter()
    writer.beginObject()
    identity.write(to: &writer, object: object, createdName: "created", fallback: fallback)
    writer.key("choices")
    writer.beginArray()
    choices(&writer)
    writer.endArray()
    if let usage = usage() { writer.member("usage", raw: usage) }
    writer.endObject()
    return writer.bytes
  }
}
