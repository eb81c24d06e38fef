import Wire

/// One event of a stream, decoded.
struct StreamEvent {
  var name: String?
  var text: String
  /// The data as JSON; nil for `[DONE]` and damage.
  var json: JSONTree?
}

/// Whole event streams as tests read and make them.
enum EventStream {
  /// The events with data in `bytes`.
  static func events(_ bytes: [UInt8]) -> [StreamEvent] {
    var scanner = SSEScanner()
    var events: [StreamEvent] = []
    while let block = scanner.next(in: bytes.span) {
      guard block.data != nil else { continue }
      let data = block.joinedData(in: bytes.span)
      events.append(
        StreamEvent(
          name: block.event.map { String(decoding: bytes[$0], as: UTF8.self) },
          text: String(decoding: data, as: UTF8.self), json: try? JSONTree.parse(data.span)))
    }
    return events
  }

  /// `data: …` events of the given payloads.
  static func chunks(_ payloads: [String]) -> [[UInt8]] {
    payloads.map { Array("data: \($0)\n\n".utf8) }
  }

  /// Responses events, numbered from `first`: each a type and its further members as JSON without braces.
  static func responses(_ events: [(type: String, members: String)], first: Int = 0) -> [[UInt8]] {
    events.enumerated().map { offset, event in
      let members = event.members.isEmpty ? "" : "," + event.members
      let data = "{\"type\":\"\(event.type)\",\"sequence_number\":\(first + offset)\(members)}"
      return Array("event: \(event.type)\ndata: \(data)\n\n".utf8)
    }
  }
}

/// A tap of either kind.
protocol Tap {
  mutating func observe(_ block: SSEBlock, in source: Span<UInt8>)
}

extension Tap {
  /// Feeds all complete blocks of `bytes`.
  mutating func observe(_ bytes: [UInt8]) {
    var scanner = SSEScanner()
    while let block = scanner.next(in: bytes.span) { observe(block, in: bytes.span) }
  }
}
