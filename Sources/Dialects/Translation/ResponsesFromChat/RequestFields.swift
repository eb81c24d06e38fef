import Policy
import Wire

/// Reads the members of an object in a request, and says what is wrong with one by its path. Null counts as absent.
struct RequestFields {
  private let object: JSONTree
  /// What paths begin with: nothing, or the object's own path and a dot.
  private let prefix: String

  /// - Parameter path: where the object is in the body; empty for the body itself.
  init(_ object: JSONTree, at path: String = "") {
    self.object = object
    prefix = path.isEmpty ? "" : path + "."
  }

  /// The value of the member `name`, unless it is absent or null.
  subscript(name: String) -> JSONTree? { object.given(name) }

  /// The path of the member `name`.
  func path(_ name: String) -> String { prefix + name }

  func string(_ name: String) throws(Failure) -> String? {
    try read(name, "a string") { $0.stringValue }
  }

  func bool(_ name: String) throws(Failure) -> Bool? {
    try read(name, "true or false") { $0.boolValue }
  }

  func list(_ name: String) throws(Failure) -> [JSONTree]? {
    try read(name, "an array") { $0.arrayValue }
  }

  /// A nested object as a reader of its own members.
  func object(_ name: String) throws(Failure) -> RequestFields? {
    let value = try read(name, "an object") { $0.objectValue == nil ? nil : $0 }
    return value.map { RequestFields($0, at: path(name)) }
  }

  /// A number, as it is spelled.
  func number(_ name: String) throws(Failure) -> JSONTree? {
    try read(name, "a number") { if case .number = $0 { $0 } else { nil } }
  }

  /// A whole number in `range`.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    guard let value = try read(name, "an integer", { $0.intValue }) else { return nil }
    guard range.contains(value) else {
      throw invalid(name, "expected a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func requiredString(_ name: String) throws(Failure) -> String {
    guard let text = try string(name), !text.isEmpty else { throw missing(name) }
    return text
  }

  private func read<Value>(
    _ name: String, _ expected: String, _ convert: (JSONTree) -> Value?
  ) throws(Failure) -> Value? {
    guard let value = self[name] else { return nil }
    guard let converted = convert(value) else {
      throw .invalidType(path(name), expected)
    }
    return converted
  }

  // MARK: - Refusals

  func missing(_ name: String) -> Failure { .missing(path(name)) }

  /// - Parameter reason: what is wrong, as a fragment behind a colon.
  func invalid(_ name: String, _ reason: String) -> Failure { .invalid(path(name), reason) }

  /// - Parameter reason: what cannot be done, as a fragment behind a colon.
  func unsupported(_ name: String, _ reason: String) -> Failure {
    Failure(
      .unsupportedParameter,
      message: "Unsupported parameter: '\(path(name))': \(reason); this model's upstream has only chat completions.",
      param: path(name))
  }
}

extension JSONTree {
  /// The value of the member `name`, unless it is absent or null, which means the same.
  func given(_ name: String) -> JSONTree? { self[name].flatMap { $0 == .null ? nil : $0 } }

  /// The members of an object that have none of the names `known`; of several with one name the last counts.
  func members(without known: Set<String>) -> [Member] {
    var seen = known
    return (objectValue ?? []).compactMap { member in
      seen.insert(member.name).inserted ? Member(member.name, self[member.name] ?? member.value) : nil
    }
  }
}
