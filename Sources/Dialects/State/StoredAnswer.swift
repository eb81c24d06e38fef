import Policy
import Wire

/// Looks at response objects that are to be stored.
package enum StoredAnswer {
  /// What an answer goes on from, where its upstream was not told.
  package enum Origin: Equatable, Sendable {
    case response(String)
    case conversation(String)

    fileprivate var member: (name: StaticString, value: [UInt8]) {
      switch self {
      case .response(let id): ("previous_response_id", JSONTree.string(id).encoded)
      case .conversation(let id): ("conversation", JSONTree.object([.init("id", .string(id))]).encoded)
      }
    }
  }

  /// The response object with the member that names `origin`.
  package static func naming(_ origin: Origin, in object: [UInt8]) -> [UInt8] {
    JSONSplice.setting([origin.member], in: object)
  }

  /// The same for the response that an event brings; `nil` for an event without one.
  package static func naming(_ origin: Origin, in block: SSEBlock, of source: Span<UInt8>) -> [UInt8]? {
    changing(block, in: source) { naming(origin, in: $0) }
  }

  /// The event of `block` with its response as `change` makes it; `nil` for an event that brings none.
  fileprivate static func changing(
    _ block: SSEBlock, in source: Span<UInt8>, _ change: ([UInt8]) -> [UInt8]
  ) -> [UInt8]? {
    guard block.dataLines > 0 else { return nil }
    let data = block.joinedData(in: source)
    guard let response = response(in: data) else { return nil }
    let type = JSONPick.string(JSONPick.member("type", of: 0..<data.count, in: data.span), in: data.span)
    var event: [UInt8] = []
    SSEWriter.append(
      event: type ?? "", data: JSONSplice.setting([("response", change(Array(data[response])))], in: data), to: &event)
    return event
  }

  /// Where the response stands in an event's data.
  private static func response(in data: [UInt8]) -> Range<Int>? {
    let response = JSONPick.member("response", of: 0..<data.count, in: data.span)
    return response?.kind == .object ? response?.range : nil
  }

  /// The value of `status`.
  package static func status(of object: [UInt8]) -> String? { text("status", of: object) }

  /// The value of `id`.
  package static func id(of object: [UInt8]) -> String? { text("id", of: object) }

  /// The items of `output`, each with its id.
  package static func output(of object: [UInt8]) -> [(id: String, json: [UInt8])] {
    guard let output = JSONPick.member("output", of: 0..<object.count, in: object.span), output.kind == .array else {
      return []
    }
    var items: [(id: String, json: [UInt8])] = []
    var cursor = JSONCursor(output.range, in: object.span)
    while let item = cursor.nextElement(in: object.span) {
      let id = JSONPick.string(JSONPick.member("id", of: item.range, in: object.span), in: object.span)
      items.append((id ?? "", Array(object[item.range])))
    }
    return items
  }

  /// The response object as it is while it is being made.
  package static func inProgress(_ object: [UInt8]) -> [UInt8] {
    JSONSplice.setting([("status", Array("\"in_progress\"".utf8))], in: object)
  }

  /// The response object as one that has failed.
  package static func failed(_ object: [UInt8], _ failure: Failure) -> [UInt8] {
    let error = JSONTree.object([.init("code", .string("server_error")), .init("message", .string(failure.message))])
    return JSONSplice.setting([("status", Array("\"failed\"".utf8)), ("error", error.encoded)], in: object)
  }

  /// The response that a terminal event brings: the last event of `events`.
  package static func response(endedBy events: [UInt8]) -> [UInt8]? {
    var scanner = SSEScanner()
    var last: [UInt8]?
    while let block = scanner.next(in: events.span) { last = response(of: block, in: events.span) ?? last }
    return last
  }

  /// The response that an event brings, if it brings one.
  package static func response(of block: SSEBlock, in source: Span<UInt8>) -> [UInt8]? {
    guard block.dataLines > 0 else { return nil }
    let data = block.joinedData(in: source)
    return response(in: data).map { Array(data[$0]) }
  }

  private static func text(_ name: StaticString, of object: [UInt8]) -> String? {
    JSONPick.string(JSONPick.member(name, of: 0..<object.count, in: object.span), in: object.span)
  }
}

/// An answer that was to be stored and could not be: it says so.
package enum UnstoredAnswer {
  /// The response object with `store` false.
  package static func object(_ object: [UInt8]) -> [UInt8] {
    JSONSplice.setting([("store", Array("false".utf8))], in: object)
  }

  /// The last events of a stream, with the response in them as `object` has it.
  package static func ending(_ events: [UInt8]) -> [UInt8] {
    var scanner = SSEScanner()
    var changed: [UInt8] = []
    while let block = scanner.next(in: events.span) {
      if let event = StoredAnswer.changing(block, in: events.span, object) {
        changed += event
      } else {
        changed.append(copying: block.range, of: events.span)
      }
    }
    return changed
  }
}
