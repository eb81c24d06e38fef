import Wire

/// The answers of `/v1/models`.
package enum ModelList {
  /// The list of all `names`, in the given order; duplicates are listed once.
  package static func json(_ names: [String], created: Int, ownedBy: String = "sluice") -> [UInt8] {
    var writer = JSONWriter(capacity: 64 + 96 * names.count)
    var listed: Set<String> = []
    writer.beginObject()
    writer.member("object", "list")
    writer.key("data")
    writer.beginArray()
    for name in names where listed.insert(name).inserted {
      write(name, created: created, ownedBy: ownedBy, to: &writer)
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  /// One model, for `/v1/models/{model}`.
  package static func json(_ name: String, created: Int, ownedBy: String = "sluice") -> [UInt8] {
    var writer = JSONWriter()
    write(name, created: created, ownedBy: ownedBy, to: &writer)
    return writer.bytes
  }

  private static func write(_ name: String, created: Int, ownedBy: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", name)
    writer.member("object", "model")
    writer.member("created", created)
    writer.member("owned_by", ownedBy)
    writer.endObject()
  }
}
