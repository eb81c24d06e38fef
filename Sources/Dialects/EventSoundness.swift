import Wire

/// Whether the data of an event can be relied upon: one sound JSON object, or the `[DONE]` that ends a stream.
///
/// Strict, and a pass over all of the event's bytes; for streams whose events are not just passed on.
package enum EventSoundness {
  /// Judges a complete block. A block without data says nothing and is sound.
  package static func isSound(_ block: SSEBlock, in source: Span<UInt8>) -> Bool {
    guard let data = block.data else { return true }
    guard block.dataLines > 1 else { return isSound(data: source.extracting(data)) }
    return isSound(data: block.joinedData(in: source).span)
  }

  /// Judges the data of an event.
  package static func isSound(data: Span<UInt8>) -> Bool {
    if data.equals("[DONE]", in: JSONScan.trimmed(0..<data.count, in: data)) { return true }
    guard let value = try? JSONScan.document(data) else { return false }
    return value.kind == .object
  }
}
