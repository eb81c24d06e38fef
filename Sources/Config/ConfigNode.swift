/// Where a value of the configuration came from.
package enum ConfigOrigin: Equatable, Sendable {
  /// A place in the file; line and column count from 1, columns in Unicode scalars.
  case file(line: Int, column: Int)
  /// An environment variable.
  case variable(String)
  /// A command-line argument.
  case argument(String)
  /// A default of the program.
  case builtIn
}

/// A value of the configuration before it has a meaning, with its origin.
package struct ConfigNode: Equatable, Sendable {
  /// What kind of value it is.
  package indirect enum Value: Equatable, Sendable {
    case null
    case bool(Bool)
    /// Whole numbers are exact up to 2^53.
    case number(Double)
    case string(String)
    case array([ConfigNode])
    /// In the order of the file; a duplicate key stays, so that it can be reported.
    case object([ConfigMember])
    /// A value that could not be made out; its mistake is known, so nothing more is said about it.
    case unknown
  }

  /// The value itself.
  package var value: Value
  /// Where it came from.
  package var origin: ConfigOrigin

  package init(_ value: Value, origin: ConfigOrigin) {
    self.value = value
    self.origin = origin
  }
}

/// A key of an object with its value.
package struct ConfigMember: Equatable, Sendable {
  /// The key, unescaped.
  package var key: String
  /// Where the key stands.
  package var origin: ConfigOrigin
  /// The value.
  package var value: ConfigNode

  package init(key: String, origin: ConfigOrigin, value: ConfigNode) {
    self.key = key
    self.origin = origin
    self.value = value
  }
}

// MARK: - Access

extension ConfigNode {
  /// The members of an object; empty for any other value.
  package var members: [ConfigMember] {
    if case .object(let members) = value { members } else { [] }
  }

  /// The elements of an array; empty for any other value.
  package var elements: [ConfigNode] {
    if case .array(let elements) = value { elements } else { [] }
  }

  /// The value of the first member with this key.
  package subscript(key: String) -> ConfigNode? {
    members.first { $0.key == key }?.value
  }

  /// This object with the value at `path` replaced or added; objects on the way are made where they are missing.
  ///
  /// A value on the way that is no object stays as it is: checking reports it.
  func setting(_ path: ArraySlice<String>, to node: ConfigNode) -> ConfigNode {
    guard let key = path.first else { return node }
    guard case .object(var members) = value else { return self }
    let rest = path.dropFirst()
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value = members[index].value.setting(rest, to: node)
    } else {
      let empty = ConfigNode(.object([]), origin: node.origin)
      members.append(ConfigMember(key: key, origin: node.origin, value: empty.setting(rest, to: node)))
    }
    return ConfigNode(.object(members), origin: origin)
  }
}
