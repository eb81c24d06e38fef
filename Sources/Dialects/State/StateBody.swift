import Wire

/// The bodies of answers about what is stored.
package enum StateBody {
  /// A page of a list, in the shape of every list of the API.
  ///
  /// - Parameters:
  ///   - items: each with its id, as JSON.
  ///   - hasMore: whether the list goes on behind the last of them.
  package static func list(_ items: [(id: String, json: [UInt8])], hasMore: Bool) -> [UInt8] {
    var writer = JSONWriter(capacity: items.reduce(128) { $0 + $1.json.count + 1 })
    writer.beginObject()
    writer.member("object", "list")
    writer.key("data")
    writer.beginArray()
    for item in items { writer.raw(item.json) }
    writer.endArray()
    writer.member("first_id", items.first?.id)
    writer.member("last_id", items.last?.id)
    writer.member("has_more", hasMore)
    writer.endObject()
    return writer.bytes
  }

  /// What is said of something that is no more.
  package static func deleted(_ id: String, object: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", id)
    writer.member("object", object)
    writer.member("deleted", true)
    writer.endObject()
    return writer.bytes
  }

  /// A conversation.
  ///
  /// - Parameters:
  ///   - created: seconds since 1970.
  ///   - metadata: a JSON object.
  package static func conversation(_ id: String, created: Int, metadata: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", id)
    writer.member("object", "conversation")
    writer.member("created_at", created)
    writer.member("metadata", raw: metadata)
    writer.endObject()
    return writer.bytes
  }
}
