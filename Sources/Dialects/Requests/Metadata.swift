import Policy
import Wire

/// The `metadata` of what is stored: a few short strings by name. The limits are the API's.
package enum Metadata {
  static let pairsMax = 16
  /// Characters of a name, and of a value.
  static let nameMax = 64
  static let valueMax = 512

  /// Reads the member `metadata` of a request's body; an empty object where there is none.
  package static func read(_ body: JSONTree) throws(Failure) -> JSONTree {
    guard let metadata = body.given("metadata") else { return .object([]) }
    guard let members = metadata.objectValue else { throw .invalidType("metadata", "an object of strings") }
    guard members.count <= pairsMax else { throw .invalid("metadata", "at most \(pairsMax) pairs") }
    for member in members {
      guard let value = member.value.stringValue else { throw .invalidType("metadata", "an object of strings") }
      guard member.name.unicodeScalars.count <= nameMax, value.unicodeScalars.count <= valueMax else {
        throw .invalid("metadata", "names of at most \(nameMax) characters and values of at most \(valueMax)")
      }
    }
    return metadata
  }
}
